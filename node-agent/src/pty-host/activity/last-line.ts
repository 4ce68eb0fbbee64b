// The line that a program printed last, as far as that can be said without a screen: a question that waits for one key.
import type { OutputStore } from "../output/output-store.ts";

const NEWEST = 512;
/** Strings, control sequences and the other escapes; what is cut off at the front may stay. */
// eslint-disable-next-line no-control-regex -- control characters are what is being removed
const ESCAPES = /\u001b(?:[\]PX^_][^\u0007\u001b]*(?:\u0007|\u001b\\)?|\[[0-9;:<>=?]*[ -/]*[@-~]|[ -/]*[0-~])/g;

export function lastLineOf(output: Pick<OutputStore, "end" | "tail">): string {
  const text = output.tail(Math.max(0, output.end - NEWEST)).bytes.toString("utf8").replace(ESCAPES, "");
  return text.split(/[\r\n]+/).findLast((line) => line.trim() !== "") ?? "";
}
