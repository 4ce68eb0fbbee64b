// The one line to SQLite. Statements are made when they are first used and made again when the database behind them is
// replaced; what SQLite reports as the disk's or the file's fault becomes an error of ours here and nowhere else.
import { statfsSync } from "node:fs";
import type Database from "better-sqlite3";
import { FleetError } from "@fleetwire/shared/errors";

export interface Statement {
  run(...values: unknown[]): Database.RunResult;
  get(...values: unknown[]): unknown;
  all(...values: unknown[]): unknown[];
  /** Answers the first column instead of rows. */
  pluck(): Statement;
}

/** Told before the error is thrown. */
export interface Failures {
  /** What was read can't be right. */
  damaged(): void;
  failed(error: FleetError): void;
}

export class Connection {
  readonly #directory: string;
  readonly #on: Failures;
  #database: Database.Database;

  constructor(directory: string, database: Database.Database, on: Failures) {
    this.#directory = directory;
    this.#database = database;
    this.#on = on;
  }

  get database(): Database.Database {
    return this.#database;
  }

  replace(database: Database.Database): void {
    this.#database = database;
  }

  prepare(sql: string, plucked = false): Statement {
    let made: { readonly of: Database.Database; readonly statement: Database.Statement } | undefined;
    const current = () => {
      if (made?.of !== this.#database) {
        const statement = this.#database.prepare(sql);
        made = { of: this.#database, statement: plucked ? statement.pluck() : statement };
      }
      return made.statement;
    };
    return {
      run: (...values) => this.#guarded(() => current().run(...values)),
      get: (...values) => this.#guarded(() => current().get(...values)),
      all: (...values) => this.#guarded(() => current().all(...values)),
      pluck: () => this.prepare(sql, true),
    };
  }

  /** What was read, as what it has to be; anything else is damage that SQLite didn't see. */
  parsed<T>(parse: () => T): T {
    try {
      return parse();
    } catch (error) {
      this.#on.damaged();
      throw new FleetError("database-damaged", `the database in ${this.#directory} was damaged`, { cause: error });
    }
  }

  transaction<T>(work: () => T): T {
    return this.#guarded(() => this.#database.transaction(work)());
  }

  /** A transaction that a power failure doesn't undo: it costs a write to the disk itself, the others wait for the next checkpoint. */
  durably<T>(work: () => T): T {
    return this.#guarded(() => {
      this.#database.pragma("synchronous = FULL");
      try {
        return this.#database.transaction(work)();
      } finally {
        this.#database.pragma("synchronous = NORMAL");
      }
    });
  }

  #guarded<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      if (isDamage(error)) {
        this.#on.damaged();
        throw new FleetError("database-damaged", `the database in ${this.#directory} was damaged`, { cause: error });
      }
      const failure = diskError(error, this.#directory);
      if (failure === undefined) throw error;
      this.#on.failed(failure);
      throw failure;
    }
  }
}

/** What is in the file is not a database, or not all of one. */
export class Damage extends Error {}

export function isDamage(error: unknown): boolean {
  return error instanceof Damage || /^SQLITE_(CORRUPT|NOTADB|FORMAT|IOERR_SHORT_READ)/.test(codeOf(error));
}

/** The disk's fault, said in one line; undefined when it is not. */
export function diskError(error: unknown, directory: string): FleetError | undefined {
  const code = codeOf(error);
  const isIo = /^SQLITE_(IOERR|CANTOPEN|PROTOCOL)|^EIO|^EACCES|^ENOTDIR|^ENOENT/.test(code);
  if (/^SQLITE_FULL|^ENOSPC|^EDQUOT/.test(code) || (isIo && isFull(directory))) return new FleetError("disk", `no space left on ${directory}`, { cause: error });
  if (/^SQLITE_READONLY|^EROFS/.test(code)) return new FleetError("disk", `${directory} is read-only`, { hint: "make it writable again; sessions go on meanwhile", cause: error });
  if (isIo) return new FleetError("disk", `${directory} can't be written: ${error instanceof Error ? error.message : code}`, { hint: "'fleet doctor' looks at the directories; sessions go on meanwhile", cause: error });
  return undefined;
}

/** SQLite doesn't always say why it could not make a file larger. */
function isFull(directory: string): boolean {
  try {
    return statfsSync(directory).bavail === 0;
  } catch {
    return false;
  }
}

function codeOf(error: unknown): string {
  const { code } = error as { code?: unknown };
  return typeof code === "string" ? code : "";
}
