import type { SessionExit, SessionState } from "@fleetwire/shared/domain";
import type { Want } from "@fleetwire/shared/wire";
import type { StreamStatus, TerminalStream } from "../client/stream/index.ts";

/** What of a session's output may reach more than the screen. */
export interface Passing {
  /** Text into the clipboard. */
  readonly clipboard: boolean;
  readonly titles: boolean;
  readonly notifications: boolean;
}

export interface TerminalOptions {
  /** Asks for a ticket and opens the stream; called once, when the terminal is known to be one. */
  readonly open: (want: Want, onStatus: (status: StreamStatus) => void) => Promise<TerminalStream>;
  /** process.stdin and process.stdout: the person's terminal. */
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  /** Where the lines about the attach itself go. */
  readonly stderr: NodeJS.WritableStream;
  /** Forward nothing that is typed. */
  readonly readOnly: boolean;
  /** Bring the session's scrollback into the terminal's own. */
  readonly history: boolean;
  readonly passing: Passing;
  /** Says nothing on stderr. */
  readonly quiet?: boolean;
  readonly signal?: AbortSignal;
}

export interface AttachResult {
  readonly reason: "detached" | "exited" | "lost" | "signal";
  /** `node:id` of the session. */
  readonly target: string;
  /** How the session ended, when it ended while attached. */
  readonly state?: SessionState;
  readonly exit?: SessionExit | null;
  /** What the process should exit with: 0 detached, the session's own, 125 lost, 128+n signal. */
  readonly exitCode: number;
}
