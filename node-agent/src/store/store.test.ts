import { closeSync, mkdirSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Epoch, SessionName, Tag } from "@fleetwire/shared/ids";
import { counts } from "@fleetwire/shared/testing";
import { openDatabase } from "./open-database.ts";
import { MIGRATIONS } from "./migrations/index.ts";
import { openStore, type SessionRow, type Store } from "./index.ts";

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "fw-"));
  mkdirSync(join(dir, "sessions"));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

function row(store: Store, change: Partial<SessionRow> = {}): SessionRow {
  return {
    id: store.nextSessionId(), name: null, tags: [], command: ["true"], cwd: "/", state: "running", exit: null, pid: 1, cols: 80, rows: 24, created_at: 1, started_at: 2, ended_at: null,
    last_output_at: null, output_bytes: 0, log_start: 0, restart: "no", restart_command: null, restart_at: null, restarts: 0, kill_requested: 0, launched_by: null, host_id: "h",
    epoch: Epoch.parse("abcdefgh"), env: {}, warning: null, gpus: null, ...change,
  };
}

describe("tables", () => {
  it("a session's row comes back as it was written, also from another process's point of view", () => {
    const written = (() => {
      using store = openStore(dir);
      const made = row(store, { name: SessionName.parse("first"), tags: [Tag.parse("a=b")], command: ["sh", "-c", "é\n\"'"], env: { A: "1\n2" } });
      store.sessions.insert(made);
      return made;
    })();
    using store = openStore(dir);
    expect(store.sessions.get(written.id)).toEqual(written);
    expect(store.sessions.byName("first")).toEqual(written);
    store.sessions.update(written.id, { state: "exited", exit: { code: 3 } });
    expect(store.sessions.count()).toEqual({ running: 0, total: 1 });
    expect(store.sessions.inStates(["exited"])[0]?.exit).toEqual({ code: 3 });
  });

  it("a name is unique while a row has it", () => {
    using store = openStore(dir);
    const name = SessionName.parse("one");
    store.sessions.insert(row(store, { name }));
    expect(() => store.sessions.insert(row(store, { name }))).toThrow(/UNIQUE/);
  });

  it("files are 0600 whatever the umask", () => {
    const before = process.umask(0o022);
    try {
      using store = openStore(dir);
      store.sessions.insert(row(store));
      for (const name of readdirSync(dir).filter((file) => file.startsWith("fleet.db"))) expect(`${name} ${(statSync(join(dir, name)).mode & 0o777).toString(8)}`).toBe(`${name} 600`);
    } finally {
      process.umask(before);
    }
  });
});

describe("ids", () => {
  it("are never given twice: not after removal, restart, or loss of the database with the logs removed", () => {
    const given: number[] = [];
    for (let life = 0; life < 4; life++) {
      using store = openStore(dir);
      for (let n = 0; n < 3; n++) {
        const made = row(store);
        given.push(made.id);
        store.sessions.insert(made);
        store.sessions.remove(made.id);
      }
      if (life >= 1) for (const name of readdirSync(dir)) if (name.startsWith("fleet.db")) rmSync(join(dir, name));
    }
    expect(given).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
  });

  it("stay above the directories on disk", () => {
    mkdirSync(join(dir, "sessions", "41"));
    mkdirSync(join(dir, "sessions", "not-a-number"));
    using store = openStore(dir);
    expect(store.lost).toBe(true);
    expect(store.nextSessionId()).toBe(42);
  });
});

describe("a damaged database", () => {
  const damages: [string, (file: string) => void][] = [
    ["noise", (file) => writeFileSync(file, Buffer.from(Array.from({ length: 20_000 }, (_, n) => (n * 7919) % 256)))],
    ["truncated", (file) => truncateSync(file, 5000)],
    ["cut inside the header", (file) => truncateSync(file, 40)],
    ["a page overwritten", (file) => {
      const descriptor = openSync(file, "r+");
      writeSync(descriptor, Buffer.alloc(4096, 0xa5), 0, 4096, 4096);
      closeSync(descriptor);
    }],
    ["tables gone", (file) => {
      const database = new Database(file);
      database.exec("DROP TABLE sessions");
      database.close();
    }],
  ];
  it.each(damages)("%s: set aside, a new one begun, the revision goes on growing", (_what, damage) => {
    let rev = 0;
    {
      using store = openStore(dir);
      for (let n = 0; n < 50; n++) store.sessions.insert(row(store, { command: ["x".repeat(500)] }));
      rev = store.bumpRev();
    }
    damage(join(dir, "fleet.db"));
    using store = openStore(dir, () => Date.now() + 60_000);
    expect(store.setAside).toMatch(/fleet\.db\.corrupt-/);
    expect(statSync(store.setAside ?? "").isFile()).toBe(true);
    expect(store.rev()).toBeGreaterThan(rev);
    expect(store.lost).toBe(true);
    expect(store.nextSessionId()).toBe(51);
  });
});

describe("random damage", () => {
  it("whatever is overwritten: it opens, ids go on, and what it says is well formed", () => {
    const random = randomFrom(7);
    const whole = () => {
      for (const name of readdirSync(dir)) if (name.startsWith("fleet.db") || name === "last-session-id") rmSync(join(dir, name));
      using store = openStore(dir);
      for (let n = 0; n < 60; n++) store.sessions.insert(row(store, { name: n % 2 === 0 ? (`name-${n}` as never) : null, command: ["x".repeat(random(900))] }));
      store.tokens.put({ name: "t", hash: "h", role: "viewer", created_at: 1, expires_at: null });
      store.settings.write({ draining: true });
    };
    whole();
    const file = join(dir, "fleet.db");
    const sound = readFileSync(file);
    const mark = readFileSync(join(dir, "last-session-id"));
    let setAside = 0;
    for (let round = 0; round < counts(40, 1_000); round++) {
      for (const name of readdirSync(dir)) if (name.startsWith("fleet.db")) rmSync(join(dir, name));
      const bytes = Buffer.from(sound);
      for (let times = 1 + random(4); times > 0; times--) {
        const at = random(bytes.length);
        for (let n = Math.min(bytes.length - at, 1 + random(300)); n > 0; n--) bytes[at + n - 1] = random(256);
      }
      writeFileSync(file, random(4) === 0 ? bytes.subarray(0, random(bytes.length)) : bytes);
      writeFileSync(join(dir, "last-session-id"), mark);
      using store = openStore(dir);
      if (store.setAside !== undefined) setAside++;
      const known = store.sessions.all();
      expect(store.failure).toBeUndefined();
      // Cut off before its first byte it is a new one.
      expect(known.length).toBe(store.setAside === undefined && !store.lost ? 60 : 0);
      expect(store.nextSessionId()).toBeGreaterThan(60);
    }
    expect(setAside).toBeGreaterThan(5);
  }, 240_000);

  it("a version that no release has is damage; tables without one too", () => {
    for (const version of [0, -1, 1_000_000]) {
      openStore(dir)[Symbol.dispose]();
      const file = join(dir, "fleet.db");
      const database = new Database(file);
      database.pragma(`user_version = ${version}`);
      database.close();
      using store = openStore(dir, () => Date.now() + version);
      expect(store.setAside).toMatch(/corrupt/);
      expect(store.failure).toBeUndefined();
    }
  });
});

/** The same numbers each time. */
function randomFrom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

describe("migrations", () => {
  const newest = MIGRATIONS.at(-1)?.version ?? 0;

  it("go forward, with a copy first, and a newer release's tables are refused", () => {
    const file = join(dir, "fleet.db");
    openStore(dir)[Symbol.dispose]();
    const more = [...MIGRATIONS, { version: newest + 1, sql: "ALTER TABLE sessions ADD COLUMN extra TEXT" }];
    const { database, setAside } = openDatabase(file, Date.now(), more);
    expect(setAside).toBeUndefined();
    expect(database.pragma("user_version", { simple: true })).toBe(newest + 1);
    database.close();
    const copy = new Database(`${file}.before-${newest + 1}`);
    expect(copy.pragma("user_version", { simple: true })).toBe(newest);
    copy.close();
    expect(() => openStore(dir)).toThrow(expect.objectContaining({ code: "version-skew" }) as Error);
  });

  it("a step that fails changes nothing", () => {
    const file = join(dir, "fleet.db");
    openStore(dir)[Symbol.dispose]();
    expect(() => openDatabase(file, Date.now(), [...MIGRATIONS, { version: newest + 1, sql: "CREATE TABLE half (a); INSERT INTO nowhere VALUES (1)" }])).toThrow();
    expect(readdirSync(dir).some((name) => name.includes("corrupt"))).toBe(false);
    using store = openStore(dir);
    expect(store.setAside).toBeUndefined();
  });

  it("sessions of the first release are kept, and have no GPUs", () => {
    const { database } = openDatabase(join(dir, "fleet.db"), Date.now(), MIGRATIONS.slice(0, 1));
    database.exec(`INSERT INTO sessions (id, tags, command, cwd, state, cols, rows, created_at, epoch, env) VALUES (7, '[]', '["sh"]', '/', 'running', 80, 24, 1, 'abcdefgh', '{}')`);
    database.close();
    using store = openStore(dir);
    expect(store.setAside).toBeUndefined();
    expect(store.sessions.all()).toMatchObject([{ id: 7, command: ["sh"], gpus: null }]);
    expect(store.sessions.holders()).toEqual([]);
  });
});
