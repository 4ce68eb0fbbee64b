// All PTY hosts of this node: those that were there before this agent (adopted), and the current one, which takes new
// sessions. A host of another release keeps its sessions and leaves after its last one.
import { setTimeout as sleep } from "node:timers/promises";
import type { PartStatus } from "@fleetwire/shared/bus";
import type { HostEvent, HostFile } from "@fleetwire/shared/control";
import { FleetError } from "@fleetwire/shared/errors";
import type { PublicKey } from "@fleetwire/shared/ids";
import type { Log } from "../log/index.ts";
import { isSameProcess } from "../pty-host/index.ts";
import { connectHost, type HostClient } from "./host-client.ts";
import { findHosts, hostSocket, removeHostFiles } from "./host-files.ts";
import { startHost, type HostProgram } from "./start-host.ts";

export interface HostListener {
  event(hostId: string, event: HostEvent): void;
  /** The connection was made again: what happened meanwhile has to be asked for. */
  back(host: HostClient): void;
  /** The process is gone, and its sessions with it. */
  lost(hostId: string): void;
}

export interface HostPool extends AsyncDisposable {
  /** Everything that was running is connected, or known to be gone. */
  readonly adopted: Promise<void>;
  /** The host for a new session. @throws FleetError `launch-failed`, `host-unreachable` */
  ensure(): Promise<HostClient>;
  get(hostId: string): HostClient | undefined;
  all(): readonly HostClient[];
  /** A process that lives, connected or not. */
  lives(hostId: string): boolean;
  parts(): PartStatus[];
  /** Ends every host with what it runs; none is started any more. */
  retire(graceMs: number): Promise<void>;
  listen(listener: HostListener): void;
  /** Called with each host that takes new sessions from now on, and at once with the one that does. */
  onCurrent(listener: (host: HostClient) => void): void;
}

const RECONNECT_MS = [5, 10, 20, 50, 100, 200, 500, 1000];

const RETIRE_MS = 10_000;

export function openHostPool(deps: { program: HostProgram; nodeKey: PublicKey; log: Log }): HostPool {
  const { program, nodeKey, log } = deps;
  const files = new Map<string, HostFile>();
  const clients = new Map<string, HostClient>();
  const over = new AbortController();
  const background = new Set<Promise<void>>();
  const early: ((listener: HostListener) => void)[] = [];
  const onCurrent = new Set<(host: HostClient) => void>();
  let listener: HostListener | undefined;
  let currentId: string | undefined;
  let starting: Promise<HostClient> | undefined;
  let retired = false;

  /** What happens before anybody listens is told when somebody does. */
  function tell(what: (listener: HostListener) => void): void {
    if (listener === undefined) early.push(what);
    else what(listener);
  }

  async function connect(file: HostFile): Promise<HostClient> {
    const { hostId } = file;
    files.set(hostId, file);
    const client = await connectHost(hostSocket(program.runDir, hostId), nodeKey, {
      event: (event) => tell((heard) => heard.event(hostId, event)),
      close: () => inBackground(reconnect(file)),
    });
    clients.set(hostId, client);
    return client;
  }

  /** A closed connection is not yet a dead host: a process that lives is asked again, for ever. */
  async function reconnect(file: HostFile): Promise<void> {
    const { hostId } = file;
    clients.delete(hostId);
    for (let attempt = 0; !over.signal.aborted; attempt++) {
      if (!isSameProcess(file.pid, file.pidStart)) return lost(hostId);
      try {
        const client = await connect(file);
        return tell((heard) => heard.back(client));
      } catch (error) {
        if (attempt === 5) log.warn({ host: hostId, err: error }, "a PTY host that runs does not answer");
        await sleep(RECONNECT_MS[Math.min(attempt, RECONNECT_MS.length - 1)], undefined, { signal: over.signal }).catch(() => undefined);
      }
    }
  }

  function lost(hostId: string): void {
    files.delete(hostId);
    removeHostFiles(program.runDir, hostId);
    log.warn({ host: hostId }, "a PTY host is gone");
    tell((heard) => heard.lost(hostId));
    if (hostId !== currentId) return;
    currentId = undefined;
    if (retired) return;
    inBackground(ensure().then(() => undefined));
  }

  function inBackground(work: Promise<void>): void {
    const guarded = work.catch((error: unknown) => {
      if (!over.signal.aborted) log.error({ err: error }, "work on the PTY hosts failed");
    });
    background.add(guarded);
    void guarded.finally(() => background.delete(guarded));
  }

  function ensure(): Promise<HostClient> {
    const current = currentId === undefined ? undefined : clients.get(currentId);
    if (current?.isOpen) return Promise.resolve(current);
    if (over.signal.aborted || retired) return Promise.reject(new FleetError("host-unreachable", "the node agent is stopping"));
    starting ??= begin().finally(() => (starting = undefined));
    return starting;
  }

  async function begin(): Promise<HostClient> {
    const client = await connect(await startHost(program));
    log.info({ host: client.hello.hostId, hostPid: client.hello.pid }, "PTY host started");
    useForNew(client);
    return client;
  }

  function useForNew(client: HostClient): void {
    currentId = client.hello.hostId;
    for (const heard of onCurrent) heard(client);
    for (const other of clients.values()) {
      if (other === client) continue;
      inBackground(other.call("retire", { kill: false, graceMs: 0 }).then(({ running }) => log.info({ host: other.hello.hostId, running }, "an older PTY host leaves after its last session")));
    }
  }

  const found = findHosts(program.runDir);
  const fits = found.some((file) => file.version === program.version);
  if (!fits) inBackground(ensure().then(() => undefined));
  const adopted = Promise.all(
    found.map(async (file) => {
      try {
        await connect(file);
        log.info({ host: file.hostId, hostPid: file.pid }, "PTY host adopted");
      } catch {
        inBackground(reconnect(file));
      }
    }),
  ).then(() => {
    if (!fits) return;
    const newest = found.map((file) => clients.get(file.hostId)).find((client) => client?.hello.version === program.version);
    if (newest === undefined) inBackground(ensure().then(() => undefined));
    else if (currentId === undefined) useForNew(newest);
  });

  return {
    adopted,
    async ensure() {
      await adopted;
      return ensure();
    },
    get: (hostId) => clients.get(hostId),
    all: () => [...clients.values()],
    lives: (hostId) => files.has(hostId),
    parts: () =>
      [...files.values()].map((file) => ({
        name: `pty-host ${file.hostId}`,
        state: clients.has(file.hostId) ? ("running" as const) : ("failed" as const),
        pid: file.pid,
        detail: `${file.version}${file.hostId === currentId ? "" : ", leaves after its last session"}${clients.has(file.hostId) ? "" : "; does not answer"}`,
      })),
    async retire(graceMs) {
      retired = true;
      // A host that is just starting is one too: nobody would find it again before the next start.
      await Promise.allSettled([adopted, starting]);
      await Promise.allSettled([...clients.values()].map((client) => client.call("retire", { kill: true, graceMs }, graceMs + RETIRE_MS)));
    },
    listen(heard) {
      listener = heard;
      for (const what of early.splice(0)) what(heard);
    },
    onCurrent(heard) {
      onCurrent.add(heard);
      const current = currentId === undefined ? undefined : clients.get(currentId);
      if (current !== undefined) heard(current);
    },
    async [Symbol.asyncDispose]() {
      over.abort();
      for (const client of clients.values()) client[Symbol.dispose]();
      await Promise.allSettled([starting, ...background].filter((work) => work !== undefined));
      for (const client of clients.values()) client[Symbol.dispose]();
    },
  };
}
