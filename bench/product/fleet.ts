// A plain NATS, a registry on it, and simulated nodes in processes of their own.
import { spawn } from "node:child_process";
import { connect as dial } from "node:net";
import { join } from "node:path";
import { waitFor } from "@fleetwire/shared/testing";
import { benchProgram, product } from "../harness/bundled.ts";
import { startTalker, stop, type Talker } from "../harness/child.ts";
import { freePort } from "../harness/free-port.ts";
import { find } from "../harness/parts.ts";
import type { Workplace } from "../harness/workplace.ts";
import { Caller } from "./caller.ts";

/** Connections of one simulator process. */
const PER_PROCESS = 2_500;

export interface Nats extends AsyncDisposable {
  readonly url: string;
}

/** Undefined where there is no nats-server. */
export async function startNats(workplace: Workplace): Promise<Nats | undefined> {
  const program = find("nats-server");
  if (program === undefined) return undefined;
  const port = await freePort();
  const child = spawn(program, ["-a", "127.0.0.1", "-p", String(port), "-l", join(workplace.directory(), "log")], { env: workplace.env(), stdio: "ignore" });
  await waitFor("nats-server", () => canConnect(port), 10_000);
  return { url: `nats://127.0.0.1:${port}`, [Symbol.asyncDispose]: () => stop(child) };
}

/** A registry that answers, and a caller of its fleet. */
export async function startRegistry(workplace: Workplace, nats: Nats): Promise<{ caller: Caller } & AsyncDisposable> {
  const child = spawn(process.execPath, [product.agent, "registry", "--state", workplace.directory(), "--nats", nats.url], { env: workplace.env(), stdio: ["ignore", "ignore", "inherit"] });
  const caller = await Caller.connect(nats.url);
  await waitFor("the registry", async () => (await caller.query("nodes", { limit: 1 })).total >= 0, 15_000);
  return {
    caller,
    async [Symbol.asyncDispose]() {
      await caller[Symbol.asyncDispose]();
      await stop(child);
    },
  };
}

/** Starts so many nodes, each with a credential of the hub in `home`, if any, and waits until the registry has every one's record and sessions. */
export async function startSimulatedNodes(workplace: Workplace, { url, caller, home }: { url: string; caller: Caller; home?: string }, nodes: number, sessions = 0): Promise<AsyncDisposable> {
  const processes: Talker[] = [];
  for (let first = 0; first < nodes; first += PER_PROCESS) {
    const args = ["--nats", url, ...(home === undefined ? [] : ["--hub", join(home, "state")]), "--nodes", String(Math.min(PER_PROCESS, nodes - first)), "--first", String(first), "--sessions", String(sessions)];
    processes.push(startTalker(process.execPath, [benchProgram("simulator"), ...args], workplace.env()));
  }
  await Promise.all(processes.map((one) => one.next()));
  await waitFor(`${nodes} nodes in the registry`, async () => (await caller.query("nodes", { limit: 1 })).total >= nodes, 120_000);
  if (sessions > 0) await waitFor("their sessions", async () => (await caller.query("sessions", { limit: 1 })).total >= nodes * sessions, 300_000);
  return { [Symbol.asyncDispose]: async () => void (await Promise.all(processes.map((one) => one.stop()))) };
}

export function canConnect(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = dial(port, "127.0.0.1", () => socket.end(() => resolve(true)));
    socket.once("error", () => resolve(false));
  });
}
