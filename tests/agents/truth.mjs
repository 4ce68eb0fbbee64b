// A stand-in writes down what it really does, and when: `<milliseconds> <state>` a line.
import { appendFileSync } from "node:fs";

export function truth(state) {
  appendFileSync(process.env.TRUTH, `${Date.now()} ${state}\n`);
}
export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
