// The records of a node that isn't there, as large as real ones.
import type { NodeRecord, SessionRecord } from "@fleetwire/shared/domain";
import type { PoolName, PublicKey } from "@fleetwire/shared/ids";

export function nodeRecord(name: string, key: PublicKey, pool: PoolName, sessions: number): NodeRecord {
  return {
    name: name as NodeRecord["name"],
    key,
    pool,
    state: "live",
    ageMs: 0,
    version: "0.1.0",
    url: `wss://${name}.example:9443`,
    labels: { zone: "eu-1", kind: "gpu" },
    resources: { cpus: 32, memoryBytes: 128 * 2 ** 30, gpus: [{ name: "A100", memoryBytes: 80 * 2 ** 30, free: true }] },
    load: 1.25,
    runtimes: ["host"],
    sessions: { running: sessions, total: sessions },
    draining: false,
    startedAt: new Date().toISOString(),
    hostname: name,
    platform: "linux-x64",
    open: true,
  };
}

export function sessionRecords(node: string, count: number): SessionRecord[] {
  const at = new Date().toISOString();
  return Array.from({ length: count }, (_, index) => ({
    target: `${node}:${index + 1}`,
    node: node as SessionRecord["node"],
    id: (index + 1) as SessionRecord["id"],
    name: null,
    tags: ["team=red"] as SessionRecord["tags"],
    command: ["agent", "--task", "review the change and answer the comments"],
    cwd: "/home/agent/work",
    workspace: null,
    runtime: "host",
    state: "running",
    exit: null,
    activity: { state: "working", evidence: "output", at },
    pid: 1000 + index,
    size: { cols: 120, rows: 40 },
    attached: 0,
    createdAt: at,
    startedAt: at,
    endedAt: null,
    lastOutputAt: at,
    outputBytes: 123_456,
  }));
}
