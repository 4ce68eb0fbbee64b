// The database's file over the life of the agent: opened at the start, replaced when it is damaged or removed under a
// running agent, read from a copy while it can't be written.
import { closeSync, mkdirSync, openSync, readSync, renameSync, rmSync, statSync } from "node:fs";
import { dirname } from "node:path";
import Database from "better-sqlite3";
import { FleetError } from "@fleetwire/shared/errors";
import { Connection, diskError, isDamage } from "./connection.ts";
import { openDatabase, prepareTables, putAside, type OpenedDatabase } from "./open-database.ts";
import { openCopy } from "./read-copy.ts";

const SOUND_EVERY_MS = 60_000;
/** A copy that the disk didn't take is tried again after this. */
const NO_ROOM_MS = 10_000;
const MAGIC = "SQLite format 3\0";

/** What happened to the file while the agent ran. */
export interface Replaced {
  readonly setAside: string | undefined;
  /** Its content could not be saved: sessions have to be found again. */
  readonly lost: boolean;
}

export class DatabaseFile implements Disposable {
  readonly connection: Connection;
  readonly setAside: string | undefined;
  readonly isNew: boolean;
  /** Why this is a copy in memory; undefined when it is the file itself. */
  copyBecause: FleetError | undefined;
  readonly #file: string;
  readonly #now: () => number;
  readonly #listeners = new Set<(replaced: Replaced) => void>();
  #identity: string | undefined;
  #soundAt: number;
  #renewAfter = 0;
  #closed = false;

  /** @param onFailed the disk did not do what was asked of it. @throws FleetError `version-skew` */
  constructor(file: string, now: () => number, onFailed: (error: FleetError) => void) {
    this.#file = file;
    this.#now = now;
    this.#soundAt = now();
    const opened = this.#open();
    this.setAside = opened.setAside;
    this.isNew = opened.isNew;
    this.connection = new Connection(dirname(file), opened.database, { damaged: () => setImmediate(() => this.#renew()), failed: onFailed });
    this.#identity = identityOf(file);
  }

  onReplaced(listener: (replaced: Replaced) => void): void {
    this.#listeners.add(listener);
  }

  /** The file itself in place of the copy, if it can be written now. @returns whether it had to be begun anew. @throws FleetError `disk` */
  reopen(): boolean {
    const { database, setAside, isNew } = openDatabase(this.#file, this.#now());
    const copy = this.connection.database;
    this.connection.replace(database);
    copy.close();
    this.copyBecause = undefined;
    this.#identity = identityOf(this.#file);
    if (isNew) setImmediate(() => this.#tell({ setAside, lost: true }));
    return isNew;
  }

  /** Asked for now and then: the file is the one that was opened, and sound. */
  look(): void {
    if (this.#closed || this.copyBecause !== undefined) return;
    const now = this.#now();
    const isDue = now - this.#soundAt > SOUND_EVERY_MS;
    if (isDue) this.#soundAt = now;
    if (identityOf(this.#file) !== this.#identity || !hasHeader(this.#file) || (isDue && !this.#isSound())) this.#renew();
  }

  [Symbol.dispose](): void {
    this.#closed = true;
    this.connection.database.close();
  }

  #open(): OpenedDatabase {
    try {
      return openDatabase(this.#file, this.#now());
    } catch (error) {
      const failure = FleetError.from(error);
      if (failure.code !== "disk") throw failure;
      const { database, partial } = openCopy(this.#file);
      this.copyBecause = failure;
      return { database, setAside: undefined, isNew: partial };
    }
  }

  #isSound(): boolean {
    try {
      return this.connection.database.pragma("quick_check(1)", { simple: true }) === "ok";
    } catch (error) {
      return !isDamage(error);
    }
  }

  /** Written anew from what is open, where that can be read to its end; begun anew otherwise. */
  #renew(): void {
    if (this.#closed || this.copyBecause !== undefined || this.#now() < this.#renewAfter) return;
    const old = this.connection.database;
    const saved = this.#save(old);
    if (saved === "no room") {
      this.#renewAfter = this.#now() + NO_ROOM_MS;
      return;
    }
    try {
      old.close();
    } catch {
      // Its last bytes have nowhere to go.
    }
    const setAside = putAside(this.#file, this.#now());
    if (saved !== undefined) renameSync(saved.path, this.#file);
    const opened = this.#open();
    this.connection.replace(opened.database);
    this.#identity = identityOf(this.#file);
    this.#tell({ setAside, lost: opened.isNew });
  }

  #tell(replaced: Replaced): void {
    for (const listener of this.#listeners) listener(replaced);
  }

  #save(database: Database.Database): { readonly path: string } | "no room" | undefined {
    const saved = `${this.#file}.saved`;
    try {
      // It may have gone with all that was in it.
      mkdirSync(dirname(saved), { recursive: true, mode: 0o700 });
      rmSync(saved, { force: true });
      database.prepare("VACUUM INTO ?").run(saved);
      using copy = opened(saved);
      prepareTables(copy.database, saved);
      return { path: saved };
    } catch (error) {
      rmSync(saved, { force: true });
      return diskError(error, dirname(this.#file)) !== undefined && !isDamage(error) ? "no room" : undefined;
    }
  }
}

function opened(file: string): { readonly database: Database.Database } & Disposable {
  const database = new Database(file);
  return { database, [Symbol.dispose]: () => void database.close() };
}

/** The journal belongs to it: without it, what was written last is gone with the next start. */
function identityOf(file: string): string | undefined {
  const stats = ["", "-wal"].map((suffix) => statSync(file + suffix, { throwIfNoEntry: false }));
  return stats.map((stat) => (stat === undefined ? "none" : `${stat.dev}:${stat.ino}`)).join(" ");
}

function hasHeader(file: string): boolean {
  try {
    const descriptor = openSync(file, "r");
    try {
      const head = Buffer.alloc(MAGIC.length);
      readSync(descriptor, head, 0, head.length, 0);
      return head.toString("latin1") === MAGIC;
    } finally {
      closeSync(descriptor);
    }
  } catch {
    return false;
  }
}
