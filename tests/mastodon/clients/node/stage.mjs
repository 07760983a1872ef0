// A program at play and the test beside it: one line of JSON each way, for what a person or a neighbour would do.
import { createInterface } from "node:readline";

const answers = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

/** Ask the test for something ("allow" an address, "reply" to a status, "publish" or "quote" for everybody, "vote" in a
 * poll); what it gives back. */
export async function please(wish, ...values) {
  process.stdout.write(`${JSON.stringify({ please: wish, values })}\n`);
  return JSON.parse((await answers.next()).value);
}

export function same(found, wanted, what) {
  if (JSON.stringify(found) !== JSON.stringify(wanted)) {
    throw new Error(`${what}: ${JSON.stringify(found)} instead of ${JSON.stringify(wanted)}`);
  }
}

/** The end of the play; the test reads it as success. */
export function done() {
  process.stdout.write(`${JSON.stringify({ please: "end", values: [] })}\n`);
  process.exit(0);
}

export const [, , city, picture] = process.argv;
export const OOB = "urn:ietf:wg:oauth:2.0:oob";
export const SCOPES = ["read", "write", "follow", "push"];
