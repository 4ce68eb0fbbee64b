import type { PartStatus } from "@fleetwire/shared/bus";

/** A program that runs detached from the agent: it goes on when the agent is restarted, and is found again. */
export interface ProgramSpec {
  /** For people: `nats-server`, `caddy`, `registry`. */
  readonly name: string;
  /** A program's name, looked up in PATH and the system's own directories, or an absolute path. */
  readonly command: string;
  readonly args: readonly string[];
  /** The Debian package that has it, for the error when it is missing. */
  readonly debianPackage: string;
  /** Added to the few variables that a program needs (PATH, HOME, LANG). */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** JSON {pid, start}; absolute. */
  readonly pidFile: string;
  /** Output of the program, appended; absolute. */
  readonly logFile: string;
  /** Answers when the program serves; throws, or is aborted, when it doesn't. */
  readonly ready?: (signal: AbortSignal) => Promise<void>;
}

/** A program under supervision. Disposal ends the supervision, not the program. */
export interface Program extends Disposable {
  status(): PartStatus;
  /** TERM, then KILL after the grace, and the pid file is removed. */
  stop(graceMs?: number): Promise<void>;
}

export interface Processes {
  /**
   * The program that the pid file names when it still runs, otherwise a new one; supervised: restarted, with a bound,
   * when it ends.
   * @throws FleetError `missing-program`, `launch-failed`
   */
  run(spec: ProgramSpec): Promise<Program>;
  /** The running program of the pid file, supervised; undefined when none runs. Starts nothing. */
  adopt(spec: ProgramSpec): Program | undefined;
  /** Absolute path of a program; undefined when it is not installed. */
  find(command: string): string | undefined;
}

/** The calls of a pino logger that this room makes. */
export interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}
