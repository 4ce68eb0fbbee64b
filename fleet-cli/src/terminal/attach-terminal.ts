import { constants } from "node:os";
import { exitCodeOf, type SessionExit, type SessionState } from "@fleetwire/shared/domain";
import { FleetError } from "@fleetwire/shared/errors";
import type { StreamStatus, TerminalStream, Way } from "../client/stream/index.ts";
import { Keyboard } from "./keyboard.ts";
import { Listeners, withResolvers } from "./listeners.ts";
import { LostNotice } from "./lost-notice.ts";
import { OuterTerminal } from "./outer-terminal.ts";
import { Picture } from "./picture.ts";
import { describeStop, type Stop } from "./stop.ts";
import type { AttachResult, TerminalOptions } from "./types.ts";

/** Lines of the session's scrollback that come into the terminal's own. */
const HISTORY_LINES = 5_000;
const SIGNALS = ["SIGTERM", "SIGHUP", "SIGINT"] as const;

/**
 * Puts a session into the person's terminal until it ends, they leave, or there is no way back to it.
 * @throws FleetError `not-a-terminal`, or why the stream could not be opened
 */
export async function attachTerminal(options: TerminalOptions): Promise<AttachResult> {
  const { stdin, stdout, stderr } = options;
  if (!stdin.isTTY || !stdout.isTTY) throw new FleetError("not-a-terminal", `${stdin.isTTY ? "output" : "input"} is not a terminal`);
  const terminal = new OuterTerminal(options);
  let way: Way | undefined;
  let tell = (status: StreamStatus) => {
    if (status.state === "connected") way = status.way;
  };
  const scrollback = options.history ? HISTORY_LINES : 0;
  await using stream = await options.open({ kind: "attach", mode: "latest", size: terminal.size, scrollback }, (status) => tell(status));
  const { target } = stream.session;
  if (options.quiet !== true) stderr.write(`[attached to ${target}${way === "relay" ? " through the relay" : ""}${options.readOnly ? ", read-only" : ""}; Ctrl+B d detaches]\n`);
  using notice = new LostNotice(terminal, target);
  tell = (status) => {
    if (status.state !== "connected") notice.reason(status.reason);
  };
  const stop = await runAttach(options, terminal, stream, notice);
  if (options.quiet !== true) stderr.write(`${describeStop(stop, target)}\n`);
  return { ...stop.result, target };
}

async function runAttach(options: TerminalOptions, terminal: OuterTerminal, stream: TerminalStream, notice: LostNotice): Promise<Stop> {
  const { stdin, stdout } = options;
  const stopping = withResolvers<Stop>();
  const listeners = new Listeners();
  for (const signal of SIGNALS) listeners.on(process, signal, () => stopping.resolve(signalled(signal)));
  listeners.on(process, "SIGCONT", () => {
    terminal.reenter();
    stream.refresh();
  });
  // The terminal window was closed.
  for (const event of ["end", "error"]) listeners.on(stdin, event, () => stopping.resolve(signalled("SIGHUP")));
  listeners.on(stdout, "error", () => stopping.resolve(signalled("SIGHUP")));
  listeners.on(stdout, "resize", () => stream.resize(terminal.size));
  const abort = () => stopping.resolve(signalled("SIGINT"));
  options.signal?.addEventListener("abort", abort, { once: true });

  terminal.enter();
  using keyboard = new Keyboard(stdin, stream, options.readOnly || stream.scope === "read", {
    detach: (unsent) => stopping.resolve({ result: { reason: "detached", exitCode: 0 }, unsent }),
    refused: () => void terminal.print("\u0007"),
  });
  try {
    stream.resize(terminal.size);
    const seen = { skipped: 0 };
    const showing = show(terminal, stream, notice, seen).then(stopping.resolve, stopping.reject);
    const stop = await stopping.promise;
    keyboard.mute();
    notice.end();
    await Promise.all([terminal.undo(), stream.detach(), Promise.race([showing, stopping.promise])]);
    return { ...stop, ...seen };
  } finally {
    listeners.removeAll();
    options.signal?.removeEventListener("abort", abort);
    await terminal.leave();
  }
}

/** Shows what comes until the stream ends. */
async function show(terminal: OuterTerminal, stream: TerminalStream, notice: LostNotice, seen: { skipped: number }): Promise<Stop> {
  const picture = new Picture(terminal);
  try {
    for await (const event of stream) {
      switch (event.kind) {
        case "output":
          await terminal.show(event.bytes);
          break;
        case "snapshot":
          await picture.paint(event.header, event.bytes);
          break;
        case "connection":
          if (event.state === "lost") notice.begin();
          else if (notice.end()) stream.refresh();
          break;
        case "exit":
          return ended(event.state, event.exit);
        case "gap":
          seen.skipped += event.to - event.from;
          break;
        case "size":
        case "timing":
        case "end":
      }
    }
  } catch (error) {
    if (error instanceof FleetError) return { result: { reason: "lost", exitCode: error.exit }, error };
    throw error;
  }
  return { result: { reason: "lost", exitCode: 125 }, error: new FleetError("connection-lost", "the stream ended") };
}

function ended(state: SessionState, exit: SessionExit | null): Stop {
  const numbers = Object.fromEntries(Object.entries(constants.signals).flatMap(([name, number]) => [[name, number], [name.replace(/^SIG/, ""), number]]));
  return { result: { reason: "exited", state, exit, exitCode: exitCodeOf(exit, numbers) } };
}

function signalled(signal: (typeof SIGNALS)[number]): Stop {
  return { result: { reason: "signal", exitCode: 128 + constants.signals[signal] }, signal };
}
