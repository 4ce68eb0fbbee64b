// A real nats-server for tests, on a free port, in a directory of its own.
import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect as dial, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { waitFor } from "@fleetwire/shared/testing";

export interface TestNats extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  readonly directory: string;
  readonly pid: () => number | undefined;
  /** Kills it (SIGKILL) and answers when it is gone. */
  kill(): Promise<void>;
  /** Starts it again on the same port and directory. */
  restart(): Promise<void>;
}

/** Configuration text is added to the port; `jetstream: true` gives it a store in its directory. */
export interface TestNatsOptions {
  readonly config?: string;
  readonly jetstream?: boolean;
  /** Start later, with restart(). */
  readonly stopped?: boolean;
  readonly port?: number;
}

export async function startNats(options: TestNatsOptions = {}): Promise<TestNats> {
  const directory = mkdtempSync(join(tmpdir(), "fwn-"));
  const port = options.port ?? (await freePort());
  const file = join(directory, "nats.conf");
  writeFileSync(file, [`listen: "127.0.0.1:${port}"`, options.jetstream === true ? `jetstream { store_dir: ${JSON.stringify(join(directory, "js"))} }` : "", options.config ?? ""].join("\n"));
  let child: ChildProcess | undefined;

  async function start(): Promise<void> {
    const log = join(directory, "nats.log");
    const started = spawn("nats-server", ["-c", file, "-l", log], { stdio: "ignore" });
    child = started;
    await waitFor(
      `nats-server on ${port}`,
      async () => {
        if (started.exitCode !== null) throw new Error(`nats-server ended: ${readFileSync(log, "utf8")}`);
        return (await isListening(port)) && started.exitCode === null;
      },
      15_000,
    );
  }
  async function kill(): Promise<void> {
    const running = child;
    child = undefined;
    if (running === undefined || running.exitCode !== null || running.signalCode !== null) return;
    const gone = new Promise((resolve) => running.once("exit", resolve));
    running.kill("SIGKILL");
    await gone;
  }

  if (options.stopped !== true) await start();
  return {
    url: `nats://127.0.0.1:${port}`,
    port,
    directory,
    pid: () => child?.pid,
    kill,
    restart: async () => {
      await kill();
      await start();
    },
    async [Symbol.asyncDispose]() {
      await kill();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** A server that ends at the worst moments: it speaks as much of the protocol as a connection takes; each one is ended at the PING that `last` says for it. */
export async function startFrailNats(last: (connection: number) => number) {
  const port = await freePort();
  const open = new Set<Socket>();
  let connections = 0;
  let lost = 0;
  const server = createServer((socket) => {
    const until = last(++connections);
    let pings = 0;
    open.add(socket);
    socket.on("error", () => undefined);
    socket.write(`INFO ${JSON.stringify({ server_id: "x", version: "2.10.0", host: "127.0.0.1", port, headers: true, max_payload: 1_048_576, proto: 1 })}\r\n`);
    socket.on("data", (chunk) => {
      for (const _ of chunk.toString("latin1").matchAll(/^PING\r$/gm)) {
        pings++;
        if (pings < until) socket.write("PONG\r\n");
        else if (!socket.destroyed) {
          lost++;
          socket.destroy();
        }
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  return {
    url: `nats://127.0.0.1:${port}`,
    connections: () => connections,
    lost: () => lost,
    async [Symbol.asyncDispose]() {
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}

export function isListening(port: number, host = "127.0.0.1"): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = dial({ port, host });
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}
