import { createHash } from "node:crypto";

/** What is stored of an API key, and looked up by. Plain SHA-256 and no slow hash: keys are 256 random bits, so there is
 *  nothing to guess, and every request pays for this. Passwords are another matter. */
export const hashKey = (text: string): Buffer => createHash("sha256").update(text, "utf8").digest();
