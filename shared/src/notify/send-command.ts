// A delivery to a program of the user's: its events as JSON lines on stdin, the newest in its environment. No shell in between.
import { spawn } from "node:child_process";
import { eventText, subjectOf, type EventRecord } from "../bus/index.ts";
import { failed, type Delivery, type Sent } from "./delivery.ts";

const OUTPUT = 4_096;
const GRACE_MS = 1_000;

export interface CommandTools {
  readonly env: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

/** @returns once it has ended; killed when its time is over. Never throws */
export function sendCommand(argv: readonly [string, ...string[]], timeoutMs: number, delivery: Delivery, { env, signal }: CommandTools): Promise<Sent> {
  return runProgram(argv, timeoutMs, { env: { ...env, ...environmentOf(delivery) }, signal, input: delivery.events.map((event) => `${JSON.stringify(event)}\n`).join("") });
}

/** Runs a program in a process group of its own. @returns why it failed, with the last it said */
export function runProgram([program, ...args]: readonly [string, ...string[]], timeoutMs: number, { env, signal, input }: CommandTools & { readonly input: string }): Promise<Sent> {
  return new Promise((resolve) => {
    const child = spawn(program, args, { env, stdio: ["pipe", "pipe", "pipe"], detached: true });
    let said = "";
    let late = false;
    let killing: NodeJS.Timeout | undefined;
    const end = (name: NodeJS.Signals) => {
      try {
        if (child.pid !== undefined) process.kill(-child.pid, name);
      } catch {
        // Gone already.
      }
    };
    const stop = () => {
      end("SIGTERM");
      killing = setTimeout(() => end("SIGKILL"), GRACE_MS);
    };
    const timer = setTimeout(() => {
      late = true;
      stop();
    }, timeoutMs);
    signal.addEventListener("abort", stop, { once: true });
    const take = (chunk: Buffer) => (said = `${said}${chunk.toString("utf8")}`.slice(-OUTPUT));
    child.stdout.on("data", take);
    child.stderr.on("data", take);
    // It need not read what it is told.
    child.stdin.on("error", () => undefined);
    child.stdin.end(input);
    const done = (sent: Sent) => {
      clearTimeout(timer);
      clearTimeout(killing);
      signal.removeEventListener("abort", stop);
      resolve(sent);
    };
    child.once("error", (error: NodeJS.ErrnoException) => done(failed(error.code === "ENOENT" ? `there is no program ${program}` : (error.code ?? error.message))));
    // What it has started may hold its output open: its own end counts.
    child.once("exit", (code, by) => {
      child.stdout.destroy();
      child.stderr.destroy();
      if (late) done(failed(`not done within ${timeoutMs / 1_000} s`));
      else if (code === 0) done({ ok: true });
      else done(failed(`${by ?? `exit ${code}`}${lastLine(said)}`));
    });
  });
}

function lastLine(said: string): string {
  const line = said.trim().split("\n").at(-1) ?? "";
  return line === "" ? "" : `: ${line.slice(0, 200)}`;
}

/** Of the newest event. */
function environmentOf({ rule, count, events }: Delivery): Record<string, string> {
  const event = events.at(-1) as EventRecord;
  const subject = subjectOf(event);
  return {
    FLEET_EVENT_RULE: rule,
    FLEET_EVENT_COUNT: String(count),
    FLEET_EVENT_KIND: event.kind,
    FLEET_EVENT_NODE: event.node,
    FLEET_EVENT_AT: event.at,
    // eslint-disable-next-line no-control-regex -- a NUL ends an environment's value
    FLEET_EVENT_TEXT: eventText(event).replace(/[\u0000-\u001f\u007f]/g, " ").slice(0, 1_000),
    ...(subject === undefined ? {} : { FLEET_EVENT_TARGET: `${event.node}:${subject.id}`, FLEET_EVENT_NAME: subject.name ?? "" }),
    ...(event.session === undefined ? {} : { FLEET_EVENT_STATE: event.session.state }),
    ...(event.session?.state === "running" ? { FLEET_EVENT_ACTIVITY: event.session.activity.state, FLEET_EVENT_REASON: event.session.activity.reason ?? "" } : {}),
    ...(event.presence === undefined ? {} : { FLEET_EVENT_STATE: event.presence }),
  };
}
