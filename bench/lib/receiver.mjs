// A receiver of webhooks in a process of its own: answers 200 to everything, and tells when asked how many came, and when.
import { createServer } from "node:http";

let [count, firstAt, lastAt] = [0, null, null];
const server = createServer((request, response) => {
  request.resume();
  request.on("end", () => {
    count += 1;
    lastAt = Date.now();
    firstAt ??= lastAt;
    response.writeHead(200, { "content-length": 0 });
    response.end();
  });
});
server.keepAliveTimeout = 60_000;
server.listen(0, "127.0.0.1", () => process.send({ is: "listening", port: server.address().port }));
process.on("message", () => {
  process.send({ is: "heard", count, firstAt, lastAt });
  [count, firstAt, lastAt] = [0, null, null];
});
process.once("disconnect", () => process.exit());
