import { createHash } from "node:crypto";
import { script } from "./script.ts";
import { style } from "./style.ts";

const hash = (text: string): string => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
const [styleHash, scriptHash] = [hash(style), hash(script)];

/**
 * Nothing runs on the page but its own script and style, known by their hashes; nothing is loaded from anywhere, no other page may
 * frame it, and its form goes nowhere but here. Browsers hold the redirect after a form against `form-action` too, so the places
 * that the person may be sent to are named: `next`.
 */
export function pageHeaders(next: readonly (string | null)[]): Record<string, string> {
  const origins = [...new Set(next.flatMap((url) => (url === null ? [] : new URL(url).origin)))];
  return {
    "content-type": "text/html; charset=utf-8",
    "content-security-policy": [
      "default-src 'none'",
      `style-src ${styleHash}`,
      `script-src ${scriptHash}`,
      "img-src data:",
      `form-action ${["'self'", ...origins].join(" ")}`,
      "frame-ancestors 'none'",
      "base-uri 'none'",
    ].join("; "),
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer", // the address is the key to the session
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
  };
}
