// The live view: the terminal is taken, drawn to every second or two and after each key, and given back on any way out.
import { setTimeout as sleep } from "node:timers/promises";
import { FleetError } from "@fleetwire/shared/errors";
import { Listeners, OuterTerminal, withResolvers } from "../terminal/index.ts";
import { draw, roomIn } from "./draw.ts";
import { Keys } from "./keys.ts";
import type { Reading } from "./reading.ts";
import { listed } from "./rows.ts";
import { placed, press, START, type TopState, type Wish } from "./state.ts";

export interface TopOptions {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly read: (first: readonly string[]) => Promise<Reading>;
  readonly everyMs: number;
  readonly color: boolean;
  /** Opens a session in this terminal, which is free meanwhile. @returns what to say afterwards */
  readonly attach: (target: string) => Promise<string | undefined>;
  readonly signal: AbortSignal;
}

const ENTER = "\u001b[?1049h\u001b[?25l\u001b[?7l";
const NO_PASSING = { clipboard: false, titles: false, notifications: false };

export async function showTop(options: TopOptions): Promise<void> {
  let state = START;
  let reading: Reading | undefined;
  for (;;) {
    const screen = { state, reading };
    const wish = await watch(options, screen);
    ({ state, reading } = screen);
    if (wish.kind === "quit") return;
    try {
      state = { ...state, said: await options.attach(wish.target) };
    } catch (error) {
      const { message, hint } = FleetError.from(error);
      state = { ...state, said: `${message}; ${hint}` };
    }
    if (options.signal.aborted) return;
  }
}

/** One stay in the terminal, until a key wants out of it. */
async function watch({ stdin, stdout, read, everyMs, color, signal }: TopOptions, screen: { state: TopState; reading: Reading | undefined }): Promise<Wish> {
  const terminal = new OuterTerminal({ stdin, stdout, passing: NO_PASSING });
  const keys = new Keys();
  const listeners = new Listeners();
  const over = withResolvers<Wish>();
  const left = new AbortController();
  let problem: string | undefined;
  let drawing: Promise<void> = Promise.resolve();
  let drawn = 0;
  let wanted = 0;

  const list = () => (screen.reading === undefined ? { columns: [], rows: [], total: 0 } : listed(screen.reading, screen.state.view, screen.state.sorts[screen.state.view], screen.state.filter));
  function repaint(): void {
    wanted++;
    // A terminal that is slow gets the newest picture, not every one.
    drawing = drawing.then(async () => {
      if (drawn === wanted) return;
      drawn = wanted;
      const { size } = terminal;
      const now = list();
      screen.state = placed(screen.state, now.rows, roomIn(size));
      const lines = draw(screen.state, now, screen.reading, size, { color, problem });
      await terminal.show(Buffer.from(`\u001b[?2026h\u001b[H${lines.map((line) => `\u001b[2K${line}`).join("\r\n")}\u001b[J\u001b[?2026l`));
    });
  }
  function visible(): string[] {
    return [...new Set(list().rows.slice(screen.state.top, screen.state.top + roomIn(terminal.size)).map(({ node }) => node))];
  }
  async function refresh(): Promise<void> {
    while (!left.signal.aborted) {
      try {
        screen.reading = await read(visible());
        problem = undefined;
      } catch (error) {
        // What was seen last stays, with the reason why it is old.
        problem = FleetError.from(error).message;
      }
      if (!left.signal.aborted) repaint();
      await sleep(everyMs, undefined, { signal: left.signal }).catch(() => undefined);
    }
  }

  terminal.enter();
  try {
    await terminal.show(Buffer.from(ENTER));
    listeners.on(stdin, "data", (bytes: Buffer) => {
      for (const key of keys.feed(bytes)) {
        const pressed = press(screen.state, key, list().rows, roomIn(terminal.size));
        screen.state = pressed.state;
        if (pressed.wish !== undefined) over.resolve(pressed.wish);
      }
      repaint();
    });
    listeners.on(stdin, "end", () => over.resolve({ kind: "quit" }));
    listeners.on(stdout, "error", () => over.resolve({ kind: "quit" }));
    listeners.on(stdout, "resize", repaint);
    if (signal.aborted) over.resolve({ kind: "quit" });
    signal.addEventListener("abort", () => over.resolve({ kind: "quit" }), { signal: left.signal });
    stdin.resume();
    repaint();
    void refresh();
    return await over.promise;
  } finally {
    left.abort();
    listeners.removeAll();
    await drawing;
    await terminal.leave();
  }
}
