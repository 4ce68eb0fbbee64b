// A node as the link sees one, for tests.
import { FleetError } from "@fleetwire/shared/errors";
import type { NodeRecord } from "@fleetwire/shared/domain";
import type { FleetName, NodeName, PoolName, PublicKey } from "@fleetwire/shared/ids";
import { createKeyPair, type KeyPair } from "@fleetwire/shared/keys";
import type { BusCaller, BusDispatcher, FleetLinkDeps, LinkedNode, LinkSettings, Log, NodeEvent } from "./types.ts";

export const silent: Log = { debug() {}, info() {}, warn() {}, error() {} };
export const fleet = "default" as FleetName;
export const pool = "default" as PoolName;

export interface TestNode extends LinkedNode {
  readonly key: KeyPair;
  emit(event: Partial<NodeEvent> & { kind: string }): void;
  change(record: Partial<NodeRecord>): void;
}

export function testNode(name: string, key = createKeyPair("user"), startedAt = Date.now()): TestNode {
  let rev = 1;
  let record: NodeRecord = {
    name: name as NodeName, key: key.publicKey as PublicKey, pool, state: "live", ageMs: 0, version: "0.1.0", url: null, labels: {},
    resources: { cpus: 2, memoryBytes: 1e9, gpus: [] }, load: 0.25, runtimes: ["host"], sessions: { running: 0, total: 0 }, draining: false,
    startedAt: new Date(startedAt).toISOString(), hostname: `host-of-${name}`, platform: "linux", open: false,
  };
  const listeners = new Set<(event: NodeEvent) => void>();
  return {
    key,
    record: () => record,
    rev: () => rev,
    onEvent(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    emit(event) {
      rev++;
      for (const listener of listeners) listener({ node: record.name, key: record.key, rev, at: new Date().toISOString(), ...event });
    },
    change(part) {
      record = { ...record, ...part };
    },
  };
}

/** Notes what it was asked and answers with it; `session-kill` fails as an unknown session. */
export function testDispatch(): BusDispatcher & { calls: { verb: string; body: unknown; caller: BusCaller; operation?: string }[] } {
  const calls: { verb: string; body: unknown; caller: BusCaller; operation?: string }[] = [];
  return {
    calls,
    call(verb, body, caller, operation) {
      calls.push({ verb, body, caller, operation });
      if (verb === "session-kill") return Promise.reject(new FleetError("unknown-session", "there is no such session"));
      return Promise.resolve({ verb, body });
    },
  };
}

export function linkDeps(node: TestNode, settings: Partial<LinkSettings> & { urls: readonly string[] }, more: Partial<FleetLinkDeps> = {}): FleetLinkDeps {
  return { settings: { fleet, pool, open: false, ...settings }, nodeKey: node.key, instance: `i${Math.random().toString(36).slice(2, 10)}`, startedAt: Date.now(), numbering: { beats: 0, events: 0 }, node, dispatch: testDispatch(), log: silent, ...more };
}
