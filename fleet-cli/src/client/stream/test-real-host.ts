// The real PTY host, started as a process, and tickets for its sessions.
import { spawn, type ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { WebSocket } from "ws";
import { HOST_PATH, HOST_SUBPROTOCOL, HostAnswer, type HostInput, type HostOp, type HostOutput } from "@fleetwire/shared/control";
import type { AttachAddress } from "@fleetwire/shared/bus";
import { createKeyPair } from "@fleetwire/shared/keys";
import { waitFor } from "@fleetwire/shared/testing";
import { createAttachKey, sealTicket, type Ticket } from "@fleetwire/shared/wire";
import type { Grant } from "./types.ts";

const root = join(import.meta.dirname, "../../../..");
const LOG_BYTES = 2 * 1024 * 1024 * 1024;

export class RealHost implements AsyncDisposable {
  readonly folder: string;
  readonly process: ChildProcess;
  readonly #bundles: string;
  readonly #nodeKey = createKeyPair("user");
  #control!: WebSocket;
  #hostKey = "";
  /** Its unix socket. */
  path = "";
  /** Of its TCP listener on 127.0.0.1. */
  port = 0;
  #lastId = 0;

  private constructor(folder: string, bundles: string) {
    this.folder = folder;
    this.#bundles = bundles;
    this.process = spawn(process.execPath, [join(bundles, "fleet-pty.js"), "--run", folder, "--agent-socket", join(folder, "agent.sock"), "--version", "0"], { stdio: ["ignore", "ignore", "inherit"] });
  }

  static async start(): Promise<RealHost> {
    const folder = await mkdtemp(join(tmpdir(), "fw-"));
    // Beside the packages, where the host's native ones are found.
    const bundles = join(root, "node_modules/.cache", `fw-${randomBytes(4).toString("hex")}`);
    await mkdir(bundles, { recursive: true });
    const source = join(root, "node-agent/src/pty-host");
    const banner = { js: 'import{createRequire as __cr}from"node:module";const require=__cr(import.meta.url);' };
    await build({
      entryPoints: { "fleet-pty": join(source, "main.ts"), "screen-worker": join(source, "screen/worker.ts") },
      bundle: true, platform: "node", format: "esm", target: "node20", outdir: bundles, external: ["node-pty"], banner, logLevel: "error",
    });
    const host = new RealHost(folder, bundles);
    await host.#connect();
    return host;
  }

  /** Starts a shell script as a session. @returns a way to tickets for it, by the unix socket unless said */
  async launch(script: string): Promise<(address?: AttachAddress) => Grant> {
    const id = ++this.#lastId as HostInput<"spawn">["id"];
    const epoch = randomBytes(8).toString("hex") as HostInput<"spawn">["epoch"];
    const dir = join(this.folder, String(id));
    await mkdir(dir);
    await this.#ask("spawn", { id, epoch, argv: ["sh", "-c", script], cwd: this.folder, env: { PATH: process.env["PATH"] ?? "", TERM: "xterm-256color" }, size: { cols: 80, rows: 24 }, dir, logBytes: LOG_BYTES });
    return (address = { kind: "unix", path: this.path }) => {
      const clientKey = createAttachKey();
      const ticket = { v: 1, id: randomBytes(12).toString("base64url"), node: this.#nodeKey.publicKey, session: id, epoch, scope: "write", clientKey: clientKey.publicKey, hostKey: this.#hostKey, expires: Date.now() + 30_000 } as Ticket;
      const answer = { session: { target: `box:${id}`, attached: 0 }, ticket: sealTicket(ticket, this.#nodeKey), addresses: [address] } as unknown as Grant["answer"];
      return { answer, clientKey };
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#control.terminate();
    this.process.kill("SIGKILL");
    for (const path of [this.folder, this.#bundles]) await rm(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
  }

  async #connect(): Promise<void> {
    const name = await waitFor("the host", async () => (await readdir(join(this.folder, "hosts"))).find((file) => file.endsWith(".json")));
    this.path = join(this.folder, "hosts", name.replace(/json$/, "sock"));
    this.#control = new WebSocket(`ws+unix:${this.path}:${HOST_PATH}`, HOST_SUBPROTOCOL);
    await new Promise((resolve, reject) => this.#control.once("open", resolve).once("error", reject));
    ({ hostKey: this.#hostKey } = await this.#ask("hello", { protocol: 1, nodeKey: this.#nodeKey.publicKey as HostInput<"hello">["nodeKey"] }));
    const { listening } = await this.#ask("listen", { address: "127.0.0.1", port: 0, hosts: [], origins: [] });
    this.port = Number(listening.split(":").at(-1));
  }

  async #ask<K extends HostOp>(op: K, input: HostInput<K>): Promise<HostOutput<K>> {
    const n = Math.floor(Math.random() * 1e9);
    const answered = new Promise<HostOutput<K>>((resolve, reject) => {
      const listen = (data: Buffer) => {
        const answer = HostAnswer.safeParse(JSON.parse(data.toString()));
        if (!answer.success || answer.data.n !== n) return;
        this.#control.off("message", listen);
        if (answer.data.error === undefined) resolve(answer.data.result as HostOutput<K>);
        else reject(new Error(answer.data.error.message));
      };
      this.#control.on("message", listen);
    });
    this.#control.send(JSON.stringify({ n, op, input }));
    return answered;
  }
}
