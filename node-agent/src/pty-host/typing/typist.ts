// What typing needs to know of a session and do to it.
import type { Activity } from "@fleetwire/shared/control";
import type { FrontState } from "../processes/front-state.ts";
import type { InputWriter } from "../pty/input-writer.ts";
import type { TerminalState } from "../pty/spawner.ts";
import type { TypingModes } from "./typing.ts";

export interface Typist {
  readonly input: InputWriter;
  readonly modes: () => TypingModes;
  readonly activity: () => Activity;
  /** Told what goes into the queue: who types has an answer for what waits. */
  readonly typed: (bytes: Buffer) => void;
  /** Output offset of what was read so far. */
  readonly offset: () => number;
  /** Reads what the program has printed by now. */
  readonly catchUp: () => void;
  readonly lastOutputAt: () => number | null;
  /** The screen's text, and up to which offset it shows the output. */
  readonly screen: () => Promise<{ readonly data: string; readonly offset: number }>;
  readonly look: () => Promise<TerminalState | undefined>;
  readonly front: () => FrontState | undefined;
  readonly signal: (signal: NodeJS.Signals) => void;
  /** Resolves when the input queue has room. */
  readonly drained: () => Promise<void>;
  readonly over: () => boolean;
}
