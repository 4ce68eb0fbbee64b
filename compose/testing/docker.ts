// A Docker engine for the tests: the one that answers, or one of our own. Ours keeps its images in a cache directory so that
// a second run is quick, and touches neither the machine's firewall nor its routing: containers reach each other and the
// ports published on loopback (docker-proxy carries those), and nothing outside.
import { spawn, spawnSync } from "node:child_process";
import { mkdir, mkdtemp, open, readFile, rm } from "node:fs/promises";
import { connect } from "node:net";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** Debian keeps daemons where a person's PATH often doesn't look. */
export const SYSTEM_PATH = `${process.env["PATH"] ?? ""}:/usr/local/sbin:/usr/sbin:/sbin`;

const DEFAULT_HOST = "unix:///var/run/docker.sock";
const START_MS = 60_000;
const STOP_MS = 30_000;

export interface Engine extends AsyncDisposable {
  /** Value of DOCKER_HOST that reaches it. */
  readonly host: string;
}

/**
 * @param cache of an engine of our own: tests that run side by side can't share one
 * @returns undefined where no engine answers and none can be started here (it takes root and dockerd)
 */
export async function openEngine(cache = "engine"): Promise<Engine | undefined> {
  const host = process.env["DOCKER_HOST"] ?? DEFAULT_HOST;
  if (!host.startsWith("unix://") || (await answers(host))) return { host, [Symbol.asyncDispose]: async () => {} };
  return process.getuid?.() === 0 ? startEngine(cache) : undefined;
}

async function startEngine(cache: string): Promise<Engine | undefined> {
  const directory = await mkdtemp(join(tmpdir(), "fw-engine-"));
  const dataRoot = join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "fleetwire", cache);
  await mkdir(dataRoot, { recursive: true, mode: 0o700 });
  const host = `unix://${directory}/docker.sock`;
  const at = ["--host", host, "--data-root", dataRoot, "--exec-root", join(directory, "exec"), "--pidfile", join(directory, "pid")];
  const log = await open(join(directory, "log"), "w", 0o600);
  // Should the tests be killed, it goes with them.
  const child = spawn("setpriv", ["--pdeathsig", "TERM", "dockerd", ...at, "--bridge", "none", "--iptables=false", "--ip-forward=false"], {
    env: { ...process.env, PATH: SYSTEM_PATH },
    stdio: ["ignore", log.fd, log.fd],
  });
  await log.close();
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()).once("error", () => resolve()));
  const stop = async () => {
    child.kill("SIGTERM");
    await Promise.race([ended, sleep(STOP_MS, undefined, { ref: false })]);
    if (child.exitCode === null && child.signalCode === null) child.kill("SIGKILL");
    await rm(directory, { recursive: true, force: true });
  };
  const over = AbortSignal.timeout(START_MS);
  while (!(await answers(host))) {
    if (child.exitCode !== null || child.pid === undefined || over.aborted) {
      const said = (await readFile(join(directory, "log"), "utf8")).trim().split("\n").slice(-3).join("\n");
      await stop();
      process.stderr.write(`dockerd didn't start: ${said}\n`);
      return undefined;
    }
    await sleep(100);
  }
  return {
    host,
    async [Symbol.asyncDispose]() {
      // What a newer build left without a name would pile up in the cache.
      spawnSync("docker", ["image", "prune", "--force"], { env: { ...process.env, PATH: SYSTEM_PATH, DOCKER_HOST: host } });
      await stop();
    },
  };
}

function answers(host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(host.slice("unix://".length));
    const end = (value: boolean) => {
      socket.destroy();
      resolve(value);
    };
    socket.setTimeout(2_000, () => end(false));
    socket.on("error", () => end(false)).on("end", () => end(false));
    socket.on("connect", () => socket.write("GET /_ping HTTP/1.0\r\n\r\n"));
    socket.on("data", (data) => end(data.toString().includes(" 200 ")));
  });
}
