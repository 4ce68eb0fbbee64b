// The one place that builds a PTY host, in order.
import { randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { HOST_PROTOCOL, type HostFile } from "@fleetwire/shared/control";
import { FleetError } from "@fleetwire/shared/errors";
import { printable } from "@fleetwire/shared/ids";
import { CLOSE, createAttachKey } from "@fleetwire/shared/wire";
import { RuleBook } from "./activity/rule-book.ts";
import { BEAT, Connection, type Beat } from "./attach/connection.ts";
import { isBelieved } from "./attach/belief.ts";
import { Rights } from "./attach/rights.ts";
import { handlersOf, serveControl } from "./control/control-server.ts";
import { logLine } from "./host-log.ts";
import { processStart } from "./process-identity.ts";
import { findGroupParent, leaveSessionGroup } from "./processes/session-group.ts";
import { loadNative } from "./pty/native.ts";
import { Programs } from "./pty/programs.ts";
import { Spawner } from "./pty/spawner.ts";
import { Screens } from "./screen/screens.ts";
import { Listeners } from "./server/listeners.ts";
import { siblingsIn } from "./server/siblings.ts";
import { Sessions } from "./session/sessions.ts";
import { Uplink } from "./uplink/uplink.ts";

export interface HostOptions {
  /** Directory of sockets; the host's own are in `hosts` below it. */
  readonly runDir: string;
  readonly agentSocket: string;
  readonly version: string;
  /** Of this program, see build.ts. */
  readonly build?: string;
  /** A listening socket that an earlier host has passed on. */
  readonly listenFd?: number;
  /** The bundled screen worker; beside this program unless said. */
  readonly screenWorker?: URL;
  /** The built fleet-spawn; beside this program unless said. */
  readonly spawnHelper?: string;
  /** The built fleet-pass; likewise. */
  readonly passHelper?: string;
  readonly beat?: Beat;
}

export interface Host extends AsyncDisposable {
  readonly hostId: string;
  /** Resolves when the host has been told to leave and its last session has ended. */
  readonly retired: Promise<void>;
  /** The machine goes down: ends all sessions, with their ends and their last output on disk. */
  stop(graceMs: number): Promise<void>;
}

export async function startHost(options: HostOptions): Promise<Host> {
  const { runDir, agentSocket, version, screenWorker, spawnHelper = fileURLToPath(beside("fleet-spawn")), passHelper = fileURLToPath(beside("fleet-pass")), beat = BEAT } = options;
  const hostId = randomBytes(4).toString("hex");
  const startedAt = Date.now();
  const hostKey = createAttachKey();
  const directory = join(runDir, "hosts");
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const files = hostFiles(directory, hostId);
  const screens = new Screens(screenWorker ?? ownCopy(beside("screen-worker.js"), files.worker));
  leaveSessionGroup();
  const groupParent = findGroupParent();
  let nodeKey: string | undefined;
  let leaving = false;
  let leave = () => {};
  const retired = new Promise<void>((resolve) => (leave = resolve));
  let patient = true;
  /** Connections that lead to other hosts' sessions. */
  const handedOn = new Set<object>();
  const leaveWhenQuiet = () => {
    if (!leaving || sessions.running > 0) return;
    // Who looks at another host's session through this one would have to connect again: they may leave by themselves first.
    setTimeout(leave, patient && handedOn.size > 0 ? LINGER_MS : LAST_ANSWERS_MS);
  };
  const passing = (what: object) => {
    handedOn.add(what);
    return () => {
      if (handedOn.delete(what)) leaveWhenQuiet();
    };
  };

  const programs = new Programs(loadNative(), Spawner.at(spawnHelper));
  const rules = new RuleBook();
  const sessions = new Sessions(programs, screens, { hostId, version: printable(version), groupParent, rules }, leaveWhenQuiet);
  const rights = new Rights({ nodeKey: () => nodeKey, hostKey: hostKey.publicKey, hostId, find: (id, epoch) => sessions.get(id, epoch), now: Date.now });
  const connections = new Set<{ connection: Connection; serves: (id: number, epoch: string) => boolean }>();

  const siblings = siblingsIn(directory, { hostId, hostKey: hostKey.publicKey });
  const listeners = new Listeners({
    agentSocket,
    siblings,
    passing: (socket) => socket.once("close", passing(socket)),
    rights,
    attach(socket, right, proved, nonce) {
      const connection = new Connection(socket, right, { rights, screens, hostKey, proved, beat, ownerOf: (shown) => siblings.ownerOf(shown), nonce, passing: () => socket.once("close", passing(socket)) });
      const entry = { connection, serves: (id: number, epoch: string) => connection.session?.id === id && connection.session.epoch === epoch };
      connections.add(entry);
      socket.once("close", () => connections.delete(entry));
    },
    control: (socket) => serveControl(socket, handlers, sessions),
    inherited: options.listenFd,
    passHelper,
  });

  const uplink = new Uplink({
    hostKey,
    viewer: (socket) => listeners.take(socket),
    log: (line) => logLine(process.stderr.fd, line),
  });

  const handlers = handlersOf({
    facts: { hostId, version, hostKey: hostKey.publicKey, startedAt, groups: groupParent !== undefined },
    sessions,
    screens,
    listen: ({ address, port, hosts, origins }) => listeners.listenTcp(address, port, { hosts, origins }),
    share: async ({ address, port, hosts, origins }) => (leaving ? null : listeners.shareTcp(address, port, { hosts, origins })),
    pass: (path) => listeners.pass(path),
    listening: () => listeners.listening,
    inherited: () => listeners.hasInherited,
    setNodeKey(key) {
      if (nodeKey !== undefined && nodeKey !== key) throw new FleetError("denied", "this host serves another node");
      nodeKey = key;
    },
    relay({ relay }) {
      uplink.set(leaving ? undefined : (relay ?? undefined));
      return uplink.state;
    },
    rules: (agents) => rules.set(agents),
    disconnect(id, epoch) {
      const served = [...connections].filter(({ serves }) => serves(id, epoch));
      for (const { connection } of served) connection.close(CLOSE.denied);
      rights.revoke(id, epoch);
      return served.length;
    },
    believe(belief) {
      rights.believe(belief);
      const doubted = [...connections].filter(({ connection }) => connection.asker !== undefined && !isBelieved(connection.asker, belief));
      for (const { connection } of doubted) connection.close(CLOSE.denied);
      return doubted.length;
    },
    retire(kill) {
      leaving = true;
      patient = !kill;
      // Its successor takes the address; what is connected stays connected.
      listeners.closeTcp();
      uplink.set(undefined);
      leaveWhenQuiet();
    },
  });

  await listeners.listenUnix(files.socket);
  const file: HostFile = { hostId, pid: process.pid, pidStart: processStart(process.pid) ?? "", protocol: HOST_PROTOCOL, version, ...(options.build === undefined ? {} : { build: options.build }), startedAt };
  writeFileSync(`${files.about}.new`, JSON.stringify({ ...file, hostKey: hostKey.publicKey }), { mode: 0o600 });
  renameSync(`${files.about}.new`, files.about);

  return {
    hostId,
    retired,
    async stop(graceMs) {
      listeners.closeTcp();
      await sessions.stop(graceMs);
    },
    async [Symbol.asyncDispose]() {
      uplink[Symbol.dispose]();
      for (const path of Object.values(files)) rmSync(path, { force: true });
      await listeners[Symbol.asyncDispose]();
      await screens[Symbol.asyncDispose]();
      programs[Symbol.dispose]();
    },
  };
}

/** What the agent finds it by, and removes when it is gone without a word: see sessions/host-files.ts. */
function hostFiles(directory: string, hostId: string) {
  const path = (suffix: string) => join(directory, `${hostId}.${suffix}`);
  return { about: path("json"), socket: path("sock"), worker: path("mjs") };
}

/** The worker is started when somebody needs a screen. By then an upgrade may have put another build in its place. */
function ownCopy(program: URL, path: string): URL {
  try {
    writeFileSync(path, readFileSync(program), { mode: 0o600 });
    return pathToFileURL(path);
  } catch {
    return program;
  }
}

function beside(name: string): URL {
  return new URL(`./${name}`, import.meta.url);
}

/** The last exit is still told to agent and viewers. */
const LAST_ANSWERS_MS = 200;
const LINGER_MS = 600_000;
