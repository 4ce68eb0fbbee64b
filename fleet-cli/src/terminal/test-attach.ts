// A program for the terminal's tests: attaches the terminal it runs in to a test host's session, as `fleet attach` does.
// Its one argument is JSON: an attach answer, the seed of the client's key, and what to do.
import { keyPairFromSeed } from "@fleetwire/shared/keys";
import type { AttachAnswer } from "@fleetwire/shared/bus";
import { openStream } from "../client/stream/index.ts";
import { attachTerminal, type Passing } from "./index.ts";

interface Task {
  readonly answer: AttachAnswer;
  readonly seed: string;
  readonly readOnly?: boolean;
  readonly history?: boolean;
  readonly passing?: Partial<Passing>;
  /** Throw somewhere else in the process after so many milliseconds. */
  readonly crashAfterMs?: number;
}

const task = JSON.parse(process.argv[2] ?? "") as Task;
if (task.crashAfterMs !== undefined) {
  setTimeout(() => {
    throw new Error("a bug");
  }, task.crashAfterMs);
}
const result = await attachTerminal({
  open: (want, onStatus) => openStream({ answer: task.answer, clientKey: keyPairFromSeed(task.seed), want, onStatus }),
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  readOnly: task.readOnly ?? false,
  history: task.history ?? true,
  passing: { clipboard: false, titles: true, notifications: true, ...task.passing },
});
process.exitCode = result.exitCode;
