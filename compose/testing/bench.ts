// The stack under test: which compose there is, which images it is made of, and a shell in which the README's lines work.
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cleanEnv, freePort, root } from "../../tests/machines.ts";
import { openEngine, SYSTEM_PATH } from "./docker.ts";

/** One name for every run, so that what a killed one left behind is found. */
export const PROJECT = "fleetwire-test";

interface Output {
  readonly code: number;
  /** Output and errors together, as on a terminal. */
  readonly output: string;
}

export interface Bench extends AsyncDisposable {
  /** What docker, compose and fleet read: engine, project, ports, images. */
  readonly env: Readonly<Record<string, string>>;
  readonly natsPort: number;
  readonly gatewayPort: number;
  /** The first compose, a program of its own (Debian 12), instead of docker's plugin. */
  readonly standaloneCompose: boolean;
  /** Types a line in bash, in the project's folder; what it exports stays. */
  readonly type: (line: string) => Promise<Output>;
  /** Types a line that must succeed. @returns its output, trimmed */
  readonly ok: (line: string) => Promise<string>;
}

/** @returns undefined, and says why, where there is no engine or no compose; @throws Error there with CI=true */
export async function openBench(): Promise<Bench | undefined> {
  const engine = await openEngine();
  const compose = engine === undefined ? undefined : findCompose(engine.host);
  if (engine === undefined || compose === undefined) {
    await engine?.[Symbol.asyncDispose]();
    const why = engine === undefined ? "no Docker engine answers, and none can be started here" : "there is no docker compose";
    if (process.env["CI"] === "true") throw new Error(why);
    process.stderr.write(`skipped: tests of the Compose stack (${why}); to install it: node scripts/real-parts.mjs docker docker-compose\n`);
    return undefined;
  }
  const directory = mkdtempSync(join(tmpdir(), "fc-"));
  const standaloneCompose = compose === "docker-compose";
  if (standaloneCompose) writeDockerWithCompose(join(directory, "bin"));
  const [natsPort, gatewayPort] = [await freePort(), await freePort()];
  const env: Record<string, string> = {
    ...cleanEnv(),
    PATH: `${join(directory, "bin")}:${join(root, "node_modules/.bin")}:${SYSTEM_PATH}`,
    FLEET_HOME: join(directory, "home"),
    DOCKER_HOST: engine.host,
    COMPOSE_PROJECT_NAME: PROJECT,
    FLEET_NATS_PORT: String(natsPort),
    FLEET_GATEWAY_PORT: String(gatewayPort),
  };
  const exported = join(directory, "exported");
  writeFileSync(exported, "");
  const type = (line: string) => bash(`. "$0"; ${line}\ncode=$?; export -p >"$0"; exit $code`, exported, env);
  const bench: Bench = {
    env,
    natsPort,
    gatewayPort,
    standaloneCompose,
    type,
    async ok(line) {
      const { code, output } = await type(line);
      if (code !== 0) throw new Error(`${line} exited with ${code}: ${output}`);
      return output.trim();
    },
    async [Symbol.asyncDispose]() {
      await type("docker compose down --volumes --remove-orphans; fleet down --sessions --yes");
      await engine[Symbol.asyncDispose]();
      rmSync(directory, { recursive: true, force: true });
    },
  };
  try {
    await bench.ok("docker compose down --volumes --remove-orphans");
    Object.assign(env, standInImages(env));
  } catch (error) {
    await bench[Symbol.asyncDispose]();
    throw error;
  }
  return bench;
}

function findCompose(host: string): "docker compose" | "docker-compose" | undefined {
  const env = { ...process.env, PATH: SYSTEM_PATH, DOCKER_HOST: host };
  if (spawnSync("docker", ["compose", "version"], { env }).status === 0) return "docker compose";
  return spawnSync("docker-compose", ["version"], { env }).status === 0 ? "docker-compose" : undefined;
}

/** A `docker` that knows `compose`, in front of the one that doesn't. */
function writeDockerWithCompose(directory: string): void {
  mkdirSync(directory);
  writeFileSync(join(directory, "docker"), '#!/bin/sh\n[ "$1" = compose ] && shift && exec docker-compose "$@"\nPATH="${PATH#*:}" exec docker "$@"\n', { mode: 0o755 });
}

/** Root makes images of its own, so that the test needs no registry; for others compose pulls and builds. */
function standInImages(env: Readonly<Record<string, string>>): Record<string, string> {
  if (process.getuid?.() !== 0) return {};
  const lines = execFileSync(process.execPath, ["compose/stand-ins.mjs"], { cwd: root, env, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
  return Object.fromEntries(lines.trim().split("\n").map((line) => line.split("=") as [string, string]));
}

function bash(script: string, argument: string, env: Readonly<Record<string, string>>): Promise<Output> {
  return new Promise((resolve, reject) => {
    const child = spawn("bash", ["-c", script, argument], { cwd: root, env, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (output += chunk.toString()));
    child.on("error", reject).on("close", (code) => resolve({ code: code ?? 1, output: output.replaceAll("\r", "") }));
  });
}
