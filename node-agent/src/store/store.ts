// The authority for what this node owns (DESIGN §6).
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { FleetError } from "@fleetwire/shared/errors";
import { SessionId } from "@fleetwire/shared/ids";
import { countersTable } from "./counters-table.ts";
import { DatabaseFile, type Replaced } from "./database-file.ts";
import { createEventLog, type EventBounds, type EventLog } from "./event-log.ts";
import { eventsTable } from "./events-table.ts";
import { openLastId } from "./last-id.ts";
import { messagesTable, type MessagesTable } from "./messages-table.ts";
import { operationsTable, type OperationsTable } from "./operations-table.ts";
import { outboxTable, type OutboxTable } from "./outbox-table.ts";
import { patientOperations } from "./patient-operations.ts";
import { sessionsTable } from "./sessions-table.ts";
import { settingsTable, type SettingsTable } from "./settings-table.ts";
import { tokensTable, type TokensTable } from "./tokens-table.ts";
import { createUnreadCounts } from "./unread-counts.ts";
import { createUnwritten, takes, type DiskState, type PatientSessions } from "./unwritten.ts";

export interface Store extends Disposable {
  readonly sessions: PatientSessions;
  readonly operations: OperationsTable;
  readonly settings: SettingsTable;
  readonly tokens: TokensTable;
  readonly events: EventLog;
  readonly messages: MessagesTable;
  readonly outbox: OutboxTable;
  /** How many messages of a mailbox nobody has read. */
  unread(mailbox: string): number;
  /** Where a damaged database was put. */
  readonly setAside: string | undefined;
  /** This one is new although there were sessions: it is to be rebuilt from what runs and what was written beside the logs. */
  readonly lost: boolean;
  /** Why nothing can be written now; undefined when it can. */
  readonly failure: FleetError | undefined;
  /** The disk takes what is written, and what happened meanwhile is. @throws FleetError `disk` */
  ensureWritable(): void;
  /** Now and then: a failed disk is tried again, and the file looked at. */
  look(): void;
  /** @param listener the database was replaced while it was open */
  onReplaced(listener: (replaced: Replaced) => void): void;
  /** An id that no session of this node ever had. */
  nextSessionId(): SessionId;
  /** Revision of the tables; grows with every change that others should see. */
  rev(): number;
  bumpRev(): number;
  transaction<T>(work: () => T): T;
  /** Likewise, and a power failure doesn't undo it. */
  durably<T>(work: () => T): T;
}

const EVENTS: EventBounds = { count: 10_000, age: 7 * 86_400_000 };

/** @param stateDir holds `fleet.db` and `sessions/<id>/`. @param bounds of the event history. @throws FleetError `version-skew` */
export function openStore(stateDir: string, now: () => number = Date.now, bounds: () => EventBounds = () => EVENTS): Store {
  const disk: DiskState = { failure: undefined };
  const file = new DatabaseFile(join(stateDir, "fleet.db"), now, (error) => (disk.failure = error));
  const { connection } = file;
  disk.failure = file.copyBecause;
  const counters = countersTable(connection);
  const table = sessionsTable(connection);
  const unwritten = createUnwritten(table, disk, ensureWritable);
  const highestRow = connection.prepare("SELECT coalesce(max(id), 0) FROM sessions").pluck();
  const events = createEventLog({ table: eventsTable(connection), disk, bounds, transaction: (work) => connection.transaction(work), now });
  const unread = createUnreadCounts(() => messages.unread());
  const messages = messagesTable(connection, unread.changed);
  const lastId = openLastId(join(stateDir, "last-session-id"));
  // Seconds since 1970 to begin with: greater than any revision of a database that was lost.
  const firstRev = (isNew: boolean) => (isNew ? Math.floor(now() / 1000) : 0);
  let revMeanwhile = Math.max(counters.read("rev"), firstRev(file.isNew));
  const floor = () => Math.max(Number(highestRow.get()), highestDirectory(join(stateDir, "sessions")), lastId.highest());
  const begin = (isNew: boolean) => {
    counters.raise("session", floor());
    counters.raise("rev", Math.max(revMeanwhile, firstRev(isNew)));
  };
  takes(disk, () => begin(file.isNew));
  file.onReplaced(({ lost }) => {
    unread.changed();
    if (lost) events.begin();
    takes(disk, () => begin(lost));
  });

  function ensureWritable(): void {
    if (disk.failure === undefined) return;
    try {
      const isNew = file.copyBecause !== undefined && file.reopen();
      connection.transaction(() => {
        begin(isNew);
        unwritten.write(table);
      });
      unwritten.clear();
      unread.changed();
      disk.failure = undefined;
    } catch (error) {
      throw (disk.failure = FleetError.from(error));
    }
  }

  return {
    sessions: unwritten.sessions,
    operations: patientOperations(operationsTable(connection), disk),
    settings: settingsTable(connection),
    tokens: tokensTable(connection),
    events,
    messages,
    outbox: outboxTable(connection),
    unread: (mailbox) => unread.of(mailbox),
    setAside: file.setAside,
    lost: file.isNew && floor() > 0,
    get failure() {
      return disk.failure;
    },
    ensureWritable,
    look() {
      try {
        ensureWritable();
      } catch {
        return; // Said by `failure`.
      }
      file.look();
    },
    onReplaced: (listener) => file.onReplaced(listener),
    nextSessionId() {
      const id = SessionId.parse(counters.next("session"));
      lastId.note(id);
      return id;
    },
    rev: () => Math.max(counters.read("rev"), revMeanwhile),
    bumpRev() {
      if (takes(disk, () => (revMeanwhile = Math.max(revMeanwhile, counters.next("rev"))))) return revMeanwhile;
      return ++revMeanwhile;
    },
    transaction: (work) => connection.transaction(work),
    durably: (work) => connection.durably(work),
    [Symbol.dispose]() {
      lastId[Symbol.dispose]();
      file[Symbol.dispose]();
    },
  };
}

/** The ids that logs on disk have: a lost database must not make a new session write into an old log. */
function highestDirectory(directory: string): number {
  try {
    return readdirSync(directory).reduce((highest, name) => (/^\d{1,10}$/.test(name) ? Math.max(highest, Number(name)) : highest), 0);
  } catch {
    return 0;
  }
}
