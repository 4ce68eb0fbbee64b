// A session as typing sees it.
import type { ActivityWatch } from "../activity/watch.ts";
import { frontStateOf } from "../processes/front-state.ts";
import type { Pty } from "../pty/pty.ts";
import type { Terminal } from "../terminal/terminal.ts";
import type { Typist } from "../typing/typist.ts";
import type { Session } from "./session.ts";
import type { SessionHost } from "./session-host.ts";

export function typistOf(session: Session, pty: Pty, terminal: Terminal, activity: ActivityWatch, { text }: Pick<SessionHost, "text">): Typist {
  return {
    input: pty.input,
    modes: () => terminal.typing,
    activity: () => activity.current,
    typed: (bytes) => activity.typed(bytes),
    offset: () => session.output.end,
    catchUp: () => pty.catchUp(),
    lastOutputAt: () => session.lastOutputAt,
    screen: () => text(session),
    look: () => pty.look(),
    front: () => frontStateOf(pty.pid, pty.path),
    signal: (signal) => session.signal(signal),
    drained: () => session.inputDrained(),
    over: () => !session.running,
  };
}
