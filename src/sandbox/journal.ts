import { readSync } from "node:fs";
import { open, type FileHandle } from "node:fs/promises";
import { dirname } from "node:path";

/** One line of a journal, and the byte offset at which it ends: the cursor to go on reading from. */
export type JournalLine = { readonly text: string; readonly end: number };

/**
 * An append-only file of JSON lines, for one writer. Whatever waits is written by one write and one fdatasync, so a
 * crowd shares a flush and a lone line waits for nothing. After a write has failed the journal takes and tells nothing
 * more: what is in memory may then be ahead of the disk, and only reading the file again says what is true.
 */
export class Journal {
  readonly #file: FileHandle;
  #waiting: string[] = [];
  #end: number;
  #durableEnd: number;
  #newest: Promise<void> = Promise.resolve();
  #collecting = false;
  #broken = false;
  /** How often the disk was asked to flush. */
  flushes = 0;

  private constructor(file: FileHandle, end: number) {
    this.#file = file;
    this.#end = end;
    this.#durableEnd = end;
  }

  /**
   * Opens the file, giving each line to `apply`. A last line that was never finished (a crash in mid-write: nobody was
   * answered for it) is cut off and said through `log`; a line that is broken anywhere else throws.
   */
  static async open(path: string, apply: (line: object) => void, log: (message: string) => void): Promise<Journal> {
    const file = await open(path, "a+", 0o600);
    try {
      const { size } = await file.stat();
      const end = replay(path, readLines(file.fd, 0, size), apply);
      if (end < size) {
        log(`${path}: cut off ${size - end} bytes of a last line that was never finished`);
        await file.truncate(end);
      }
      await file.sync();
      await syncFolder(dirname(path));
      return new Journal(file, end);
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  /** Queues a line. Returns its cursor. The line is on disk once `durable()` has resolved; if it rejects, it never will. */
  append(line: object): number {
    if (this.#broken) return this.#end;
    const text = JSON.stringify(line) + "\n";
    this.#waiting.push(text);
    this.#end += Buffer.byteLength(text);
    if (!this.#collecting) {
      this.#collecting = true;
      this.#newest = this.#flush(this.#newest);
      this.#newest.catch(() => (this.#broken = true)); // whoever asks durable() is told
    }
    return this.#end;
  }

  /** Resolves once all that was appended so far is on disk. */
  durable(): Promise<void> {
    return this.#newest;
  }

  /** The lines on disk after `cursor`, or undefined if no line ends there. */
  linesAfter(cursor: number): Iterable<JournalLine> | undefined {
    if (cursor > this.#durableEnd) return undefined;
    const before = Buffer.alloc(1);
    if (cursor > 0 && (readSync(this.#file.fd, before, 0, 1, cursor - 1) !== 1 || before[0] !== newline))
      return undefined;
    return readLines(this.#file.fd, cursor, this.#durableEnd);
  }

  /** The cursor before the first line that is no longer `isOlder`, in a journal whose lines are in order of time. */
  cursorBefore(isOlder: (text: string) => boolean): number {
    let [low, high] = [0, this.#durableEnd]; // both between lines; whatever ends at `low` is older
    while (high - low > chunkBytes) {
      const [cut, whole] = readLines(this.#file.fd, low + ((high - low) >> 1), high); // the first one may begin in its middle
      if (cut === undefined || whole === undefined) break;
      if (isOlder(whole.text)) low = whole.end;
      else high = cut.end;
    }
    for (const { text, end } of readLines(this.#file.fd, low, this.#durableEnd)) {
      if (!isOlder(text)) break;
      low = end;
    }
    return low;
  }

  async close(): Promise<void> {
    await this.#newest.catch(() => undefined);
    this.#broken = true;
    await this.#file.close();
  }

  async #flush(previous: Promise<void>): Promise<void> {
    await previous;
    const [text, end] = [this.#waiting.join(""), this.#end];
    this.#waiting = [];
    this.#collecting = false;
    await this.#file.appendFile(text);
    await this.#file.datasync();
    this.flushes += 1;
    this.#durableEnd = end;
  }
}

const newline = 10;
const chunkBytes = 64 * 1024;

function* readLines(fd: number, from: number, to: number): Generator<JournalLine> {
  let rest = Buffer.alloc(0);
  for (let position = from; position < to;) {
    const chunk = Buffer.allocUnsafe(Math.min(chunkBytes, to - position));
    const count = readSync(fd, chunk, 0, chunk.length, position);
    if (count === 0) return;
    position += count;
    rest = Buffer.concat([rest, chunk.subarray(0, count)]);
    let start = 0;
    for (let at = rest.indexOf(newline); at >= 0; at = rest.indexOf(newline, start)) {
      const text = rest.toString("utf8", start, at);
      start = at + 1;
      yield { text, end: position - rest.length + start };
    }
    rest = rest.subarray(start);
  }
}

/** Returns where the last whole line ends. */
function replay(path: string, lines: Iterable<JournalLine>, apply: (line: object) => void): number {
  let good = 0;
  let broken = 0;
  for (const { text, end } of lines) {
    if (broken > 0) throw new Error(`${path}: the line that ends at byte ${broken} is broken, and more lines follow`);
    const value = parseLine(text);
    if (value === undefined) broken = end;
    else {
      apply(value);
      good = end;
    }
  }
  return good;
}

function parseLine(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

/** A new file is only there for good once its folder is on disk too. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, "r");
  await folder.sync();
  await folder.close();
}
