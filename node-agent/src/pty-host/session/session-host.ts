// What a session and its host have of each other.
import type { TerminalSignal } from "@fleetwire/shared/control";
import type { RuleBook } from "../activity/rule-book.ts";
import type { ProcessTable } from "../processes/process-table.ts";
import type { Look } from "../terminal/questions.ts";
import type { Session } from "./session.ts";

export interface SessionListener {
  ended(session: Session): void;
  changed(session: Session): void;
  printed(session: Session): void;
  said(session: Session, signal: TerminalSignal): void;
}

/** What sessions have from their host. */
export interface SessionHost {
  readonly hostId: string;
  readonly table: ProcessTable;
  /** Where a control group for each session can be made; undefined where that isn't allowed. */
  readonly groupParent: string | undefined;
  readonly version: string;
  /** What stands in the session's picture at these offsets. */
  readonly look: (session: Session, offsets: readonly number[]) => Promise<readonly Look[]>;
  /** The session's screen as text, with everything printed so far. */
  readonly text: (session: Session) => Promise<{ readonly data: string; readonly offset: number }>;
  /** By which known agents are read. */
  readonly rules: RuleBook;
}
