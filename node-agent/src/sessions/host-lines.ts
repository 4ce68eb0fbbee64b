// The PTY hosts that live, and the line to each: made again for as long as its process does, and asked every second whether
// anybody is there. A process that is stopped or stuck keeps its sessions, but nobody waits for it.
import { setTimeout as sleep } from "node:timers/promises";
import type { HostEvent, HostFile } from "@fleetwire/shared/control";
import { FleetError } from "@fleetwire/shared/errors";
import type { PublicKey } from "@fleetwire/shared/ids";
import type { Log } from "../log/index.ts";
import { isSameProcess } from "../pty-host/index.ts";
import { connectHost, type HostClient } from "./host-client.ts";
import { hostSocket, removeHostFiles } from "./host-files.ts";

export interface HostLine {
  readonly file: HostFile;
  /** Undefined while there is no connection. */
  client: HostClient | undefined;
  /** When it last answered; undefined: it does now. */
  silentSince: number | undefined;
  /** Its sessions have control groups. */
  groups: boolean;
  /** It was told to leave after its last session: it gets no new ones. */
  leaving: boolean;
  /** Since when it runs nothing. */
  emptySince: number | undefined;
}

export interface LineListener {
  event(hostId: string, event: HostEvent): void;
  /** It answers again: what happened meanwhile has to be asked for. */
  back(host: HostClient): void;
  /** The process is gone, and its sessions with it. */
  lost(line: HostLine): void;
  /** Another set of hosts answers than before. */
  changed(): void;
}

export interface HostLines extends AsyncDisposable {
  readonly all: ReadonlyMap<string, HostLine>;
  /** @throws FleetError `host-unreachable`, `version-skew` */
  connect(file: HostFile, openMs?: number): Promise<HostLine>;
  /** Resolves when it is connected again, or gone. */
  reconnect(file: HostFile): Promise<void>;
}

const RECONNECT_MS = [5, 10, 20, 50, 100, 200, 500, 1000];
const BEAT_MS = 1_000;
/** Who hasn't answered for so long is not waited for. */
const SILENT_MS = 3_000;
const AGAIN_MS = 500;

export const answers = (line: HostLine): line is HostLine & { client: HostClient } => line.client?.isOpen === true && line.silentSince === undefined;

export function openHostLines(deps: { runDir: string; nodeKey: PublicKey; log: Log; listener: LineListener }): HostLines {
  const { runDir, nodeKey, log, listener } = deps;
  const all = new Map<string, HostLine>();
  const asked = new Set<HostLine>();
  const over = new AbortController();
  const work = new Set<Promise<void>>();

  function lineOf(file: HostFile): HostLine {
    const line = all.get(file.hostId) ?? { file, client: undefined, silentSince: undefined, groups: false, leaving: false, emptySince: undefined };
    all.set(file.hostId, line);
    return line;
  }

  async function connect(file: HostFile, openMs?: number): Promise<HostLine> {
    const line = lineOf(file);
    const client = await connectHost(hostSocket(runDir, file.hostId), nodeKey, {
      event: (event) => listener.event(file.hostId, event),
      close: () => void later(reconnect(file)),
    }, openMs);
    line.client = client;
    line.silentSince = undefined;
    void ask(line, client);
    listener.changed();
    return line;
  }

  /** A closed connection is not yet a dead host: a process that lives is asked again, for ever. */
  async function reconnect(file: HostFile): Promise<void> {
    const line = lineOf(file);
    line.client = undefined;
    for (let attempt = 0; !over.signal.aborted; attempt++) {
      if (!isSameProcess(file.pid, file.pidStart)) return lost(line);
      try {
        const { client } = await connect(file);
        return client === undefined ? undefined : listener.back(client);
      } catch (error) {
        if (attempt === 5) log.warn({ host: file.hostId, err: error }, "a PTY host that runs does not answer");
        if (attempt === 0) listener.changed();
        await sleep(RECONNECT_MS[Math.min(attempt, RECONNECT_MS.length - 1)], undefined, { signal: over.signal }).catch(() => undefined);
      }
    }
  }

  function lost(line: HostLine): void {
    all.delete(line.file.hostId);
    removeHostFiles(runDir, line.file.hostId);
    if (line.leaving) log.info({ host: line.file.hostId }, "a PTY host has left");
    else log.warn({ host: line.file.hostId }, "a PTY host is gone");
    listener.lost(line);
    listener.changed();
  }

  async function ask(line: HostLine, client: HostClient): Promise<void> {
    if (asked.has(line)) return;
    asked.add(line);
    try {
      // Asked twice: when it was this process that could not listen, the second answer comes at once.
      const { groups } = await client.call("health", {}, SILENT_MS).catch((error: unknown) => {
        if (FleetError.from(error).code !== "timeout") throw error;
        return client.call("health", {}, AGAIN_MS);
      });
      line.groups = groups;
      heard(line, client);
    } catch (error) {
      const { code } = FleetError.from(error);
      // An older host doesn't know the question: that is an answer, too.
      if (code === "timeout") missed(line);
      else if (code !== "host-unreachable") heard(line, client);
    } finally {
      asked.delete(line);
    }
  }

  function missed(line: HostLine): void {
    if (line.silentSince !== undefined || over.signal.aborted) return;
    line.silentSince = Date.now() - SILENT_MS - AGAIN_MS;
    log.warn({ host: line.file.hostId, hostPid: line.file.pid }, "a PTY host does not answer");
    listener.changed();
  }

  function heard(line: HostLine, client: HostClient): void {
    if (line.silentSince === undefined || line.client !== client) return;
    line.silentSince = undefined;
    log.info({ host: line.file.hostId }, "a PTY host answers again");
    listener.back(client);
    listener.changed();
  }

  function later(what: Promise<void>): Promise<void> {
    const guarded = what.catch((error: unknown) => {
      if (!over.signal.aborted) log.error({ err: error }, "work on the PTY hosts failed");
    });
    work.add(guarded);
    return guarded.finally(() => work.delete(guarded));
  }

  const beat = setInterval(() => {
    for (const line of all.values()) if (line.client !== undefined) void ask(line, line.client);
  }, BEAT_MS).unref();

  return {
    all,
    connect,
    reconnect: (file) => later(reconnect(file)),
    async [Symbol.asyncDispose]() {
      over.abort();
      clearInterval(beat);
      const close = () => {
        for (const { client } of all.values()) client?.[Symbol.dispose]();
      };
      close();
      await Promise.allSettled(work);
      // Those that were just being connected.
      close();
    },
  };
}
