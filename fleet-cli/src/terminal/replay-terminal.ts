import { constants } from "node:os";
import { printable } from "@fleetwire/shared/ids";
import type { Size } from "@fleetwire/shared/domain";
import type { Recording } from "../recording/index.ts";
import { Listeners, withResolvers } from "./listeners.ts";
import { OuterTerminal } from "./outer-terminal.ts";
import { freshPage } from "./picture.ts";
import { Playback, type PlaybackOptions } from "./playback.ts";
import { ReplayKeys, type ReplayKey } from "./replay-keys.ts";
import type { Passing } from "./types.ts";

export interface ReplayOptions extends PlaybackOptions {
  readonly recording: Recording;
  /** For messages. */
  readonly name: string;
  /** The keys, when it is a terminal. */
  readonly stdin: NodeJS.ReadStream;
  /** A terminal. */
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WritableStream;
  readonly quiet: boolean;
}

const SIGNALS = ["SIGTERM", "SIGHUP", "SIGINT"] as const;
/** What was a message to somebody then is none now. */
const PAST: Passing = { clipboard: false, titles: true, notifications: false };
type Ending = "end" | "quit" | (typeof SIGNALS)[number];

/**
 * Plays a recording in the person's terminal, which is afterwards as it was.
 * @returns what the process should exit with. @throws what reading the recording throws
 */
export async function replayTerminal(options: ReplayOptions): Promise<number> {
  const { stderr, name, quiet } = options;
  const terminal = new OuterTerminal({ ...options, passing: PAST });
  const { ending, largest } = await play(options, terminal, new Playback(options));
  // Once more: a full-screen program has painted over what was said at the beginning.
  const misfit = misfitOf(largest, terminal.size);
  if (!quiet) stderr.write(`[${ending === "end" ? "end" : "stopped"}: ${printable(name)}${misfit === undefined ? "" : `; ${misfit}`}]\n`);
  return ending === "end" || ending === "quit" ? 0 : 128 + constants.signals[ending];
}

async function play(options: ReplayOptions, terminal: OuterTerminal, playback: Playback): Promise<{ ending: Ending; largest: Size }> {
  const { stdin, stdout } = options;
  const stopping = withResolvers<Ending>();
  const listeners = new Listeners();
  const keys = new ReplayKeys();
  for (const name of SIGNALS) listeners.on(process, name, () => stopping.resolve(name));
  listeners.on(process, "SIGCONT", () => terminal.reenter());
  listeners.on(stdout, "error", () => stopping.resolve("SIGHUP"));
  terminal.enter();
  if (stdin.isTTY) {
    for (const event of ["end", "error"]) listeners.on(stdin, event, () => stopping.resolve("SIGHUP"));
    listeners.on(stdin, "data", (read: Buffer | string) => {
      for (const key of keys.feed(Buffer.from(read as string))) {
        if (key === "quit") stopping.resolve("quit");
        else press(key, playback, terminal, options.name);
      }
    });
    stdin.resume();
  }
  try {
    const seen = { largest: options.recording.size };
    const showing = show(options, terminal, playback, seen).then(stopping.resolve, stopping.reject);
    const ending = await stopping.promise;
    playback.stop();
    await Promise.all([terminal.undo(), Promise.race([showing, stopping.promise])]);
    return { ending, ...seen };
  } finally {
    listeners.removeAll();
    await terminal.leave();
  }
}

async function show({ recording }: ReplayOptions, terminal: OuterTerminal, playback: Playback, seen: { largest: Size }): Promise<Ending> {
  await freshPage(terminal);
  const misfit = misfitOf(recording.size, terminal.size);
  if (misfit !== undefined) await terminal.print(`[${misfit}]\r\n`);
  for await (const event of recording.events) {
    if (event.kind === "size") {
      seen.largest = { cols: Math.max(seen.largest.cols, event.size.cols), rows: Math.max(seen.largest.rows, event.size.rows) };
      continue;
    }
    if (!(await playback.due(event.atMs))) return "quit";
    if (event.kind === "output") await terminal.show(event.bytes);
  }
  return "end";
}

/** The window's title says how it plays: the screen is the recording's. */
function press(key: Exclude<ReplayKey, "quit">, playback: Playback, terminal: OuterTerminal, name: string): void {
  if (key === "pause") playback.toggle();
  else if (key === "step") playback.step();
  else playback.change(key === "faster" ? 2 : 1 / 2);
  const how = playback.paused ? "paused" : playback.speed >= 1 ? `${playback.speed}x` : `1/${1 / playback.speed}x`;
  void terminal.print(`\u001b]2;${printable(name)} (${how})\u001b\\`);
}

function misfitOf(recorded: Size, own: Size): string | undefined {
  if (recorded.cols <= own.cols && recorded.rows <= own.rows) return undefined;
  return `recorded on ${recorded.cols}x${recorded.rows}, this terminal is ${own.cols}x${own.rows}: it may look wrong`;
}
