// Whatever arrives at a border, mutated from what should or made of nothing: an error of the table or a value, never a crash, and
// nothing stays in memory. A signed thing that still opens says what was signed.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { readToml } from "../fleet-cli/src/config/toml.ts";
import { isOwnInbox, NODE_CONTRACTS, openReply, openRequest, readNodeOfSubject, readPingSubject, readQuerySubject, readRequestSubject, REGISTRY_CONTRACTS, sealReply, sealRequest, subjects } from "../shared/src/bus/index.ts";
import { ConfigFile } from "../shared/src/config/index.ts";
import { HostAnswer, HostEvent, HostFile, HostRequest, LifeFile } from "../shared/src/control/index.ts";
import { FleetError, parseJson, parseOr } from "../shared/src/errors/index.ts";
import { parseSessionRef, parseTarget, type FleetName, type PoolName, type PublicKey } from "../shared/src/ids/index.ts";
import { createKeyPair } from "../shared/src/keys/index.ts";
import { counts } from "../shared/src/testing/index.ts";
import { ClientMessage, createAttachKey, decodeFrame, encodeFrame, FRAME, HostMessage, normalizeNodeUrl, openTicket, sealTicket, Ticket } from "../shared/src/wire/index.ts";

const node = createKeyPair("user");
const caller = createKeyPair("user");
const now = Date.now();
const directory = mkdtempSync(join(tmpdir(), "fg-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const ticket = Ticket.parse({ v: 1, id: "0123456789abcdef", node: node.publicKey, session: 3, epoch: "abcd1234", scope: "read", clientKey: createAttachKey().publicKey, hostKey: createAttachKey().publicKey, expires: now });
const id = "0123456789abcdefghijkl";
const request = { id, target: node.publicKey, verb: "session-kill", issued: now, deadline: now + 10_000, body: { sessions: [1], signal: "TERM" } } as Parameters<typeof sealRequest>[0];
const from = { caller: caller.publicKey, target: node.publicKey, verb: "session-kill" };
const subject = subjects.request("default" as FleetName, "default" as PoolName, node.publicKey as PublicKey, "session-list", caller.publicKey as PublicKey);
const json = (value: unknown) => Buffer.from(JSON.stringify(value));

interface Border {
  readonly samples: readonly Buffer[];
  /** @returns what a signed thing says, where it is one */
  readonly read: (bytes: Buffer) => unknown;
  /** What it says unaltered. */
  readonly signed?: string;
}

const BORDERS: Readonly<Record<string, Border>> = {
  frames: { samples: [encodeFrame(FRAME.output, 2 ** 40, Buffer.from("text")), encodeFrame(FRAME.input, 0, Buffer.alloc(0))], read: (bytes) => void decodeFrame(bytes) },
  "terminal messages": {
    samples: [json({ type: "hello", nonce: "n".repeat(24), proof: "p", want: { kind: "attach", mode: "latest", from: 7, size: { cols: 80, rows: 24 } } }), json({ type: "resize", cols: 3, rows: 4 }), json({ type: "keys", data: "YQ==" }), json({ type: "gap", from: 0, to: 5, reason: "skipped" }), json({ type: "exit", state: "exited", exit: { code: 0 }, offset: 9 })],
    read: (bytes) => {
      const value = parseJson(bytes.toString(), "it");
      for (const schema of [ClientMessage, HostMessage]) schema.safeParse(value);
      parseOr(ClientMessage, value, "it");
    },
  },
  "host control": {
    samples: [json({ n: 1, op: "hello", input: { protocol: 1, nodeKey: node.publicKey } }), json({ n: 1, result: {} }), json({ event: "ended", session: { id: 1 } })],
    read: (bytes) => {
      const value = parseJson(bytes.toString(), "it");
      for (const schema of [HostRequest, HostAnswer, HostEvent, HostFile, LifeFile]) schema.safeParse(value);
      parseOr(HostFile, value, "it");
    },
  },
  tickets: { samples: [Buffer.from(sealTicket(ticket, node))], read: (bytes) => openTicket(bytes.toString("latin1"), node.publicKey), signed: JSON.stringify(ticket) },
  requests: { samples: [Buffer.from(sealRequest(request, caller))], read: (bytes) => openRequest(bytes.toString(), from, now).request.body, signed: JSON.stringify(request.body) },
  answers: { samples: [Buffer.from(sealReply({ id, at: now, result: { done: true } } as Parameters<typeof sealReply>[0], node))], read: (bytes) => openReply(bytes.toString(), id, [node.publicKey]), signed: JSON.stringify({ done: true }) },
  inputs: {
    samples: [json({ command: ["sh", "-c", "x"], name: "build", tags: ["a"], size: { cols: 80, rows: 24 }, env: { A: "b" } }), json({ session: { id: 3 }, keys: ["C-c"], enter: true }), json({ filter: { states: ["running"] } })],
    read: (bytes) => {
      const value = parseJson(bytes.toString(), "it");
      for (const { input } of [...Object.values(NODE_CONTRACTS), ...Object.values(REGISTRY_CONTRACTS)]) input.safeParse(value);
    },
  },
  subjects: {
    samples: [Buffer.from(subject), Buffer.from(subjects.beat("default" as FleetName, "*")), Buffer.from(`_I.${caller.publicKey}.x`)],
    read: (bytes) => {
      const text = bytes.toString();
      for (const read of [readRequestSubject, readQuerySubject, readPingSubject, readNodeOfSubject]) read(text);
      if (isOwnInbox(text, caller.publicKey)) expect(text).toMatch(/^_I\.\w+\.[^\s*>]*$/);
    },
  },
  configuration: {
    samples: [Buffer.from('[node]\nname = "box"\nlabels = { a = "1" }\nlisten = "127.0.0.1:9100"\n[nats]\nurl = ["nats://a:4222"]\nopen = true\n[gateway]\nport = 8443\n')],
    read: (bytes) => {
      const path = join(directory, "config.toml");
      writeFileSync(path, bytes);
      parseOr(ConfigFile, readToml(path), path, "bad-config");
    },
  },
  targets: { samples: [Buffer.from("box:12"), Buffer.from("box:build")], read: (bytes) => void (parseTarget(bytes.toString()), parseSessionRef(bytes.toString())) },
  addresses: { samples: [Buffer.from("wss://box.example.com:8443/n/box"), Buffer.from("[::1]:9100")], read: (bytes) => void normalizeNodeUrl(bytes.toString()) },
};

/** A generator of its own, so that a seed says which run failed. */
function randomOf(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

const NASTY = ["\u0000", "\u00ff", '"', "\\", "{", "[", "]}", "null", "-1", "1e999", "9007199254740993", "__proto__", "constructor", "\ud800", "\u001b[", ".", "*", ">", "\n", " ", "[[", "a".repeat(300), "[".repeat(200), '{"a":'.repeat(100)];

function mutate(sample: Buffer, random: (below: number) => number): Buffer {
  let bytes = Buffer.from(sample);
  for (let changes = 1 + random(4); changes > 0; changes--) {
    const at = random(bytes.length + 1);
    const to = Math.min(bytes.length, at + random(12));
    const nasty = Buffer.from(NASTY[random(NASTY.length)] ?? "");
    const noise = Buffer.from(Array.from({ length: random(20) }, () => random(256)));
    const middle = [Buffer.alloc(0), nasty, noise, bytes.subarray(at, to), Buffer.concat([bytes.subarray(at, to), bytes.subarray(at, to)])][random(5)] ?? noise;
    bytes = Buffer.concat([bytes.subarray(0, at), middle, bytes.subarray(random(2) === 0 ? to : at)]);
    if (at < bytes.length && random(2) === 0) bytes[at] = (bytes[at] as number) ^ (1 << random(8));
  }
  return bytes;
}

describe("garbage at the borders", () => {
  const each = Math.ceil(counts(20_000, 1_100_000) / Object.keys(BORDERS).length);
  const seed = Math.floor(Math.random() * 2 ** 31);

  it.each(Object.entries(BORDERS))("%s", (_name, { samples, read, signed }) => {
    const random = randomOf(seed);
    if (signed !== undefined) for (const sample of samples) expect(JSON.stringify(read(sample))).toBe(signed);
    let refused = 0;
    const before = process.memoryUsage().heapUsed;
    for (let round = 0; round < each; round++) {
      const bytes = random(10) === 0 ? Buffer.from(Array.from({ length: random(200) }, () => random(256))) : mutate(samples[random(samples.length)] as Buffer, random);
      try {
        const value = read(bytes);
        if (signed !== undefined && JSON.stringify(value) !== signed) expect.fail(`seed ${seed}, round ${round}: opens as ${JSON.stringify(value)}`);
      } catch (error) {
        if (!(error instanceof FleetError)) throw new Error(`seed ${seed}, round ${round}: ${bytes.toString("base64")}`, { cause: error });
        if (error.code === "internal") expect.fail(`seed ${seed}, round ${round}: ${error.message}`);
        refused++;
      }
    }
    if (!["inputs", "subjects"].includes(_name)) expect(refused).toBeGreaterThan(each / 20);
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(150 * 1024 * 1024);
  }, counts(60_000, 1_200_000));
});
