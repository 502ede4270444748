import { fastify } from "fastify";
import { toPayout } from "./payer.mjs";

const patienceMs = 25_000;
const waiting = new Map();

const schema = {
  body: {
    type: "object",
    required: ["handle", "destination", "amount", "currency"],
    properties: {
      handle: { type: "string", minLength: 1, maxLength: 255 },
      destination: { type: "string", pattern: "^ca_" },
      amount: { type: "integer", minimum: 1 },
      currency: { type: "string", pattern: "^[A-Z]{3}$" },
    },
  },
  response: {
    200: {
      type: "object",
      properties: {
        handle: { type: "string" },
        state: { type: "string" },
        amount: { type: "integer" },
        currency: { type: "string" },
      },
    },
  },
};

/** Somebody may be waiting for this payout: it is paid, and that is on disk. */
export function tellPaid(id) {
  waiting.get(id)?.("paid");
}

/** Whoever asks hears when the payout is paid; after 25 seconds, that it is under way. */
function untilPaid(id) {
  return new Promise((resolve) => {
    const end = (state) => {
      clearTimeout(timer);
      waiting.delete(id);
      resolve(state);
    };
    const timer = setTimeout(end, patienceMs, "processing");
    waiting.set(id, end);
  });
}

/** `accept` takes a payout on, durably, and resolves with false when there is no money for it. */
export async function openDoor(accept) {
  const app = fastify({ logger: false });
  app.post("/v1/payout", { schema }, async (request, reply) => {
    const payout = toPayout(request.body);
    const paid = untilPaid(payout.id);
    try {
      if (!(await accept(payout))) return reply.code(402).send({ error: "insufficient_funds" });
    } catch (error) {
      tellPaid(payout.id);
      if (error.code === "23505") return reply.code(409).send({ error: "duplicate_handle" });
      throw error;
    }
    const { handle, amount, currency } = payout;
    return { handle, state: await paid, amount, currency };
  });
  app.setErrorHandler((error, _, reply) => {
    if (error.statusCode === undefined) console.error(error);
    return reply.code(error.statusCode ?? 500).send({ error: String(error.message) });
  });
  const url = await app.listen({ port: 0, host: "127.0.0.1" });
  console.log(JSON.stringify({ url }));
  return app;
}

/** Runs `stop` when the program is to end. */
export function atStop(stop) {
  process.once("SIGTERM", () => {
    stop().then(
      () => process.exit(0),
      (error) => {
        console.error(error);
        process.exit(1);
      },
    );
  });
}
