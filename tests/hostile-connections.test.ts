// Connections that want to exhaust a node: half requests, upgrades that prove nothing, endless headers, frames in crumbs, compressed
// ones. They are bounded and closed, memory stays, and a person attaches meanwhile as if nothing were.
import { readFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { counts, waitFor } from "../shared/src/testing/index.ts";
import { machine, type Machine } from "./machines.ts";

const CONNECTIONS = counts(300, 1_000);
/** Of a thousand at once; a heap before its next collection is part of it. */
const GROWTH = counts(48, 96) * 1024 * 1024;
/** The host lets a connection prove itself for 5 s, and wants its headers in that time. Milliseconds. */
const GIVEN_UP = 15_000;

let here: Machine;
let host: number;
let port: number;
beforeAll(async () => {
  here = machine();
  await here.ok("launch", "--name", "keeper", "--", "sh", "-c", "echo still here; sleep 1000");
  const address = await terminalAddress();
  port = Number(address.split(":").at(-1));
  host = Number((await here.run("pgrep", ["-f", `fleet-pty.js.*${here.home}`])).stdout.split("\n")[0]);
}, 120_000);
afterAll(() => here[Symbol.asyncDispose]());

async function terminalAddress(): Promise<string> {
  const status = await here.json<{ detail?: string; name: string }[]>("doctor");
  const listener = status.map(({ detail = "" }) => /127\.0\.0\.1:\d+/.exec(detail)?.[0]).find((one) => one !== undefined);
  return listener ?? "";
}

const resident = (pid: number) => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) * 1024;

const UPGRADE = "GET /v1/attach HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\nsec-websocket-protocol: fleet.pty.v1\r\nsec-websocket-extensions: permessage-deflate\r\n";
/** A masked text frame of one byte that isn't the last of its message, and an endless row of the next. */
const CRUMB = Buffer.from([0x01, 0x81, 0, 0, 0, 0, 0x7b]);
const NEXT = Buffer.from([0x00, 0x81, 0, 0, 0, 0, 0x20]);
/** A compressed one (RSV1), though nothing of the kind was agreed on. */
const COMPRESSED = Buffer.concat([Buffer.from([0xc1, 0x85, 0, 0, 0, 0]), Buffer.from("aaaaa")]);
/** Says that 1 GiB follows. */
const HUGE = Buffer.from([0x82, 0xff, 0, 0, 0, 0, 0x40, 0, 0, 0, 0, 0, 0, 0]);

const ATTACKS: readonly ((socket: Socket) => void)[] = [
  (socket) => void socket.write("GET /v1/attach HTTP/1.1\r\nhost: 127."),
  (socket) => void socket.write(`${UPGRADE}\r\n`),
  (socket) => void socket.write(`GET /v1/health HTTP/1.1\r\nhost: 127.0.0.1\r\nx: ${"y".repeat(64 * 1024)}\r\n\r\n`),
  (socket) => void socket.write(Buffer.concat([Buffer.from(`${UPGRADE}\r\n`), CRUMB, ...Array.from({ length: 20_000 }, () => NEXT)])),
  (socket) => void socket.write(Buffer.concat([Buffer.from(`${UPGRADE}\r\n`), COMPRESSED])),
  (socket) => void socket.write(Buffer.concat([Buffer.from(`${UPGRADE}\r\n`), HUGE, Buffer.alloc(256 * 1024)])),
  (socket) => void socket.write(`POST /v1/session-launch HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\ncontent-length: 1000000000\r\n\r\n${"[".repeat(100_000)}`),
];

/** One wave of them, until the last is closed. @returns what they were answered */
async function attack(before: number): Promise<string> {
  let open = 0;
  let answers = "";
  for (let index = 0; index < CONNECTIONS; index++) {
    const socket = connect({ port, host: "127.0.0.1" });
    open++;
    socket.on("error", () => {}).on("close", () => open--).on("data", (data) => (answers += data.toString("latin1").slice(0, 400)));
    socket.on("connect", () => ATTACKS[index % ATTACKS.length]?.(socket));
  }
  const waits = [];
  for (let round = 0; round < 5; round++) {
    const from = performance.now();
    expect(await here.ok("logs", "keeper")).toBe("still here");
    waits.push(performance.now() - from);
    expect(resident(host) - before).toBeLessThan(GROWTH);
  }
  // A whole command, on a machine that is busy with its attackers.
  expect(waits.toSorted((one, other) => one - other)[2]).toBeLessThan(2_000);
  await waitFor("they are closed", () => open === 0, GIVEN_UP);
  return answers;
}

it("are bounded and closed; memory stays, and others don't notice", async () => {
  const before = resident(host);
  const answers = await attack(before);
  const after = resident(host);
  expect(answers).not.toMatch(/permessage-deflate/i);
  expect(answers).toMatch(/HTTP\/1\.1 4(00|29)/);
  // What the first left was room to breathe, not a leak.
  await attack(before);
  expect(resident(host) - after).toBeLessThan(16 * 1024 * 1024);
  expect(await here.json<unknown[]>("ls")).toHaveLength(1);
  // One line a kind at the most, not one for each of them.
  expect(readFileSync(join(here.home, "state/logs/agent.log"), "utf8").split("\n").length).toBeLessThan(100);
}, 90_000);
