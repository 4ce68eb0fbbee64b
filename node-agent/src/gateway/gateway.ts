// The Caddy in front of this node's terminals (DESIGN §2 "data plane"): TLS and WSS for the PTY host's loopback listener. It
// outlives the agent, so that a viewer who came through it isn't cut when the agent is restarted.
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createServer, isIP } from "node:net";
import { join } from "node:path";
import { connect } from "node:tls";
import { setTimeout as sleep } from "node:timers/promises";
import type { PartStatus } from "@fleetwire/shared/bus";
import { FleetError } from "@fleetwire/shared/errors";
import * as z from "zod/mini";
import type { Processes, Program, ProgramSpec } from "../processes/index.ts";
import { caddyfile } from "./caddyfile.ts";
import type { Gateway, GatewayAnswer, GatewayWant } from "./types.ts";

export interface GatewayDeps {
  /** `state/gateway`; made when it isn't there. */
  readonly directory: string;
  readonly processes: Processes;
}

/** Ports tried after the first one. */
const TRIES = 50;

/** What the running Caddy was told: `gateway.json`. */
const Told = z.object({ want: z.unknown(), port: z.int() });

export function createGateway({ directory, processes }: GatewayDeps): Gateway {
  const file = (name: string) => join(directory, name);
  // Caddy keeps its certificates: those of one authority are no good under another.
  const filesFor = ({ ca }: Pick<GatewayWant, "ca">) => ({ adminSocket: file("admin.sock"), storage: file(ca === undefined ? "data" : "data-hub"), accessLog: file("access.log") });
  let program: Program | undefined;
  let answer: GatewayAnswer | undefined;
  let problem: FleetError | undefined;

  async function start(want: GatewayWant): Promise<GatewayAnswer> {
    try {
      answer = await run(want);
      problem = undefined;
      return answer;
    } catch (error) {
      problem = FleetError.from(error);
      throw problem;
    }
  }

  async function run(want: GatewayWant): Promise<GatewayAnswer> {
    const files = filesFor(want);
    for (const path of [directory, files.storage]) mkdirSync(path, { recursive: true, mode: 0o700 });
    const told = readTold();
    if (told !== undefined) program ??= processes.adopt(spec(want, told.port));
    const running = program?.status().state === "running";
    if (running && told !== undefined && JSON.stringify(told.want) === JSON.stringify(want)) return answerOf(want, told.port);
    // Other settings: another Caddy. A reload would cut the viewers just the same.
    await stop();
    const port = await choosePort(want);
    write("Caddyfile", caddyfile(want, port, files));
    rmSync(files.adminSocket, { force: true });
    program = await processes.run(spec(want, port));
    write("gateway.json", JSON.stringify({ want, port }));
    return answerOf(want, port);
  }

  async function answerOf(want: GatewayWant, port: number): Promise<GatewayAnswer> {
    const caFile = want.ca?.certFile ?? join(filesFor(want).storage, "pki", "authorities", "local", "root.crt");
    // Caddy makes its own authority while it starts.
    for (let tries = 0; !existsSync(caFile) && tries < 100; tries++) await sleep(50);
    if (!existsSync(caFile)) throw new FleetError("launch-failed", "Caddy made no certificate authority", { hint: `its output is in ${file("caddy.log")}` });
    return { url: `wss://${isIP(want.host) === 6 ? `[${want.host}]` : want.host}:${port}`, caPem: readFileSync(caFile, "utf8") };
  }

  function spec(want: GatewayWant, port: number): ProgramSpec {
    return {
      name: "caddy",
      command: "caddy",
      args: ["run", "--config", file("Caddyfile"), "--adapter", "caddyfile"],
      debianPackage: "caddy",
      // Whatever Caddy wants to keep stays below this directory.
      env: { HOME: directory, XDG_DATA_HOME: filesFor(want).storage, XDG_CONFIG_HOME: file("config") },
      cwd: directory,
      pidFile: file("caddy.pid"),
      logFile: file("caddy.log"),
      ready: async (signal) => {
        while (!(await shakesHands(want.host, want.bind, port)) && !signal.aborted) await sleep(30);
      },
    };
  }

  function readTold(): z.infer<typeof Told> | undefined {
    try {
      return Told.safeParse(JSON.parse(readFileSync(file("gateway.json"), "utf8"))).data;
    } catch {
      return undefined;
    }
  }

  function write(name: string, content: string): void {
    writeFileSync(file(`${name}.new`), content, { mode: 0o600 });
    renameSync(file(`${name}.new`), file(name));
  }

  async function stop(): Promise<void> {
    // How it was started doesn't matter for stopping it.
    program ??= processes.adopt(spec({ upstream: "", host: "", port: 0, bind: "" }, 0));
    await program?.stop();
    program = undefined;
    answer = undefined;
    rmSync(file("gateway.json"), { force: true });
  }

  return {
    start,
    stop,
    current: () => answer,
    status(): PartStatus {
      if (problem?.code === "missing-program") return { name: "caddy", state: "missing", detail: problem.message };
      if (problem !== undefined) return { name: "caddy", state: "failed", detail: problem.message };
      return program?.status() ?? { name: "caddy", state: "stopped" };
    },
    [Symbol.dispose]() {
      program?.[Symbol.dispose]();
    },
  };
}

/** @throws FleetError `port-taken` */
async function choosePort({ port, bind, fixed }: GatewayWant): Promise<number> {
  for (let at = port; at < Math.min(port + TRIES, 65_536); at++) {
    if (await isFree(at, bind)) return at;
    if (fixed === true) break;
  }
  throw new FleetError("port-taken", `port ${port} is taken: Caddy can't listen there`, { hint: "stop what listens there, or set another gateway port" });
}

function isFree(port: number, bind: string): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, bind, () => server.close(() => resolve(true)));
  });
}

/** A whole TLS handshake: Caddy listens before it has a certificate. */
function shakesHands(host: string, bind: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    // Who it is doesn't matter here: clients check it against the authority.
    const socket = connect({ host: bind === "0.0.0.0" || bind === "::" ? "127.0.0.1" : bind, port, servername: isIP(host) === 0 ? host : "", rejectUnauthorized: false, timeout: 2_000 }, () => done(true));
    const done = (yes: boolean) => {
      socket.destroy();
      resolve(yes);
    };
    socket.once("error", () => done(false));
    socket.once("timeout", () => done(false));
  });
}
