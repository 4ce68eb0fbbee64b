// The hosts that left a file in `run/hosts`, told apart by whether their process is still the one that wrote it.
import { readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { HostFile, LifeFile } from "@fleetwire/shared/control";
import type { SessionId } from "@fleetwire/shared/ids";
import { isSameProcess } from "../pty-host/index.ts";

export function hostDirectory(runDir: string): string {
  return join(runDir, "hosts");
}

export function hostSocket(runDir: string, hostId: string): string {
  return join(hostDirectory(runDir), `${hostId}.sock`);
}

/** Hosts whose process lives, newest first. Files of dead ones are removed, sockets with them. */
export function findHosts(runDir: string): HostFile[] {
  const directory = hostDirectory(runDir);
  const found: HostFile[] = [];
  for (const name of readdirSync(directory)) {
    if (!name.endsWith(".json")) continue;
    const file = readHostFile(join(directory, name));
    if (file !== undefined && isSameProcess(file.pid, file.pidStart)) found.push(file);
    else removeHostFiles(runDir, name.slice(0, -".json".length));
  }
  return found.sort((a, b) => b.startedAt - a.startedAt);
}

export function readHostFile(path: string): HostFile | undefined {
  return readJson(path, (value) => HostFile.safeParse(value).data);
}

/** Its log stays for a while: it may say why the host went. */
export function removeHostFiles(runDir: string, hostId: string): void {
  const directory = hostDirectory(runDir);
  for (const suffix of [".json", ".sock", ".mjs"]) rmSync(join(directory, hostId + suffix), { force: true });
  const names = readdirSync(directory);
  const orphaned = names.filter((name) => name.endsWith(".log") && !names.includes(name.replace(/log$/, "json")));
  const byAge = orphaned.map((name) => ({ name, at: statSync(join(directory, name), { throwIfNoEntry: false })?.mtimeMs ?? 0 })).sort((a, b) => b.at - a.at);
  for (const { name } of byAge.slice(LOGS_KEPT)) rmSync(join(directory, name), { force: true });
}

/** Of hosts that are gone. */
const LOGS_KEPT = 8;

/** What a session's host wrote about its life; undefined when there is none that can be read. */
export function readLife(sessionDir: string): LifeFile | undefined {
  return readJson(join(sessionDir, "life.json"), (value) => LifeFile.safeParse(value).data);
}

export function sessionDirectory(stateDir: string, id: SessionId): string {
  return join(stateDir, "sessions", String(id));
}

function readJson<T>(path: string, parse: (value: unknown) => T | undefined): T | undefined {
  try {
    return parse(JSON.parse(readFileSync(path, "utf8")));
  } catch {
    return undefined;
  }
}
