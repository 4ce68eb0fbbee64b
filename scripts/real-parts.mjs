// The real parts that Fleetwire runs on and is tested against: looked for by running them, installed from Debian's
// packages where that is allowed, otherwise named in one line each with what goes without them.
//   node scripts/real-parts.mjs --start | --test | --bench | PART…
// Allowed: as root, or where sudo asks for no password. FLEET_INSTALL=0 forbids it. With CI=true a missing part is an error.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { capture, root, say } from "./lib.mjs";

/** Debian keeps servers where a person's PATH often doesn't look. */
const PATH = `${process.env.PATH ?? ""}:/usr/local/sbin:/usr/sbin:/sbin`;

/** `find`: commands of which one must succeed, or a function. `packages`: Debian's. `without`: what doesn't work when it is missing. */
const PARTS = {
  "nats-server": { find: ["nats-server --version"], packages: ["nats-server"], without: "no hub on this machine: sessions of this machine only" },
  caddy: { find: ["caddy version"], packages: ["caddy"], without: "no TLS in front of this node's terminals: attach from other machines only through an address of your own" },
  compiler: { find: nativeModulesCanBeHad, packages: ["python3", "make", "g++"], without: "npm can't build its native modules" },
  tmux: { find: ["tmux -V"], packages: ["tmux"], without: "tests that look at a real terminal are skipped" },
  docker: { find: engineCanBeHad, packages: ["docker.io"], without: "tests of the Compose stack are skipped" },
  "docker-compose": { find: ["docker compose version", onPath("docker-compose")], packages: ["docker-compose"], without: "tests of the Compose stack are skipped" },
  debootstrap: { find: ["debootstrap --version"], packages: ["debootstrap"], without: "images can't be made where none can be pulled" },
  vim: { find: ["vim --version"], packages: ["vim"], without: "screens aren't compared with vim's" },
  less: { find: ["less --version"], packages: ["less"], without: "screens aren't compared with less's" },
  htop: { find: ["htop --version"], packages: ["htop"], without: "screens aren't compared with htop's" },
  nano: { find: ["nano --version"], packages: ["nano"], without: "screens aren't compared with nano's" },
  zsh: { find: ["zsh --version"], packages: ["zsh"], without: "completion isn't tested in zsh" },
  fish: { find: ["fish --version"], packages: ["fish"], without: "completion isn't tested in fish" },
  iproute2: { find: ["ip -V"], packages: ["iproute2"], without: "tests that cut a network are skipped" },
  mount: { find: [onPath("mount")], packages: ["mount"], without: "tests of full disks are skipped" },
  dtach: { find: [onPath("dtach")], packages: ["dtach"], without: "the bench has one peer less" },
  asciinema: { find: ["asciinema --version"], packages: ["asciinema"], without: "recordings aren't played by it in the tests" },
  chromium: { find: [onPath("chromium")], packages: ["chromium"], without: "what a web page can reach isn't tested in a browser" },
  prometheus: { find: ["promtool --version"], packages: ["prometheus"], without: "metrics aren't scraped by it in the tests" },
  curl: { find: ["curl --version"], packages: ["curl"], without: "examples that fetch metrics fail" },
  procps: { find: ["ps --version"], packages: ["procps"], without: "tests that look for left-over processes are skipped" },
};

/** Services that Debian's packages start and enable. Nobody asked for these, and they would take ports: Fleetwire runs its own. */
const SERVICES = {
  "nats-server": ["nats-server.service"],
  caddy: ["caddy.service", "caddy-api.service"],
  prometheus: ["prometheus.service"],
  "docker.io": ["docker.service", "docker.socket"],
  containerd: ["containerd.service"],
};
const POLICY = "/usr/sbin/policy-rc.d";

const SETS = {
  start: ["nats-server", "caddy", "compiler"],
  test: Object.keys(PARTS).filter((name) => name !== "dtach"),
  bench: ["nats-server", "caddy", "compiler", "tmux", "dtach"],
};

/**
 * Makes the parts of a set (`start`, `test`) or the named ones available.
 * @returns the names of those that are still missing. With CI=true the process ends instead.
 */
export async function ensureParts(wanted) {
  const names = typeof wanted === "string" ? SETS[wanted] : wanted;
  let missing = await missingOf(names);
  let reason = "";
  if (missing.length > 0) {
    reason = install(missing);
    if (reason === "") missing = await missingOf(missing);
  }
  for (const name of missing) say(`missing: ${name} (${PARTS[name].without})${reason === "" ? "" : `; ${reason}`}; to install it: ${howTo(name)}`);
  if (missing.length > 0 && process.env.CI === "true") {
    say("fleetwire: in CI every part must be there");
    process.exit(1);
  }
  return { missing };
}

async function missingOf(names) {
  const there = await Promise.all(names.map((name) => isThere(PARTS[name].find)));
  return names.filter((_, index) => !there[index]);
}

async function isThere(find) {
  if (typeof find === "function") return await find();
  for (const one of find) if (typeof one === "function" ? one() : await succeeds(one)) return true;
  return false;
}

async function succeeds(line) {
  const [command, ...args] = line.split(" ");
  try {
    return (await capture(command, args, { env: { ...process.env, PATH } })).code === 0;
  } catch {
    return false;
  }
}

/** For a program that takes long to say its version. */
function onPath(program) {
  return () => PATH.split(":").some((directory) => directory !== "" && existsSync(join(directory, program)));
}

/** They are built already, or can be. */
async function nativeModulesCanBeHad() {
  if (["better-sqlite3", "node-pty"].every((name) => existsSync(join(root, "node_modules", name, "build", "Release")))) return true;
  const tools = await Promise.all(["python3 --version", "make --version", "c++ --version"].map(succeeds));
  return tools.every(Boolean);
}

/** An engine that answers, or the program to start one for the tests. */
async function engineCanBeHad() {
  const host = process.env.DOCKER_HOST ?? "unix:///var/run/docker.sock";
  if (!host.startsWith("unix://")) return succeeds("docker version");
  return (await answers(host.slice("unix://".length))) || (process.getuid?.() === 0 && (await succeeds("dockerd --version")));
}

function answers(path) {
  return new Promise((resolve) => {
    const socket = connect(path);
    const end = (value) => (socket.destroy(), resolve(value));
    socket.setTimeout(2_000, () => end(false));
    socket.on("error", () => end(false));
    socket.on("connect", () => socket.write("GET /_ping HTTP/1.0\r\n\r\n"));
    socket.on("data", (data) => end(data.toString().includes(" 200 ")));
    socket.on("end", () => end(false));
  });
}

/** @returns why nothing was installed; empty when apt-get went through */
function install(names) {
  if (process.env.FLEET_INSTALL === "0") return "FLEET_INSTALL=0 forbids installing";
  if (spawnSync("apt-get", ["--version"]).status !== 0) return "not a Debian system";
  const sudo = process.getuid?.() === 0 ? [] : ["sudo", "-n"];
  if (sudo.length > 0 && spawnSync("sudo", ["-n", "true"]).status !== 0) return "neither root nor sudo without a password";
  const asRoot = (args, input = "") => {
    const [command, ...rest] = [...sudo, ...args];
    return spawnSync(command, rest, { encoding: "utf8", input, env: { ...process.env, PATH } });
  };
  const apt = (...args) => asRoot(["env", "DEBIAN_FRONTEND=noninteractive", "NEEDRESTART_SUSPEND=1", "apt-get", "-qq", "-o", "DPkg::Lock::Timeout=120", ...args]);
  const packages = names.flatMap((name) => PARTS[name].packages);
  say(`installing ${packages.join(", ")} …`);
  apt("update");
  const release = keepServicesDown(asRoot);
  try {
    const { status, stderr, stdout } = apt("install", "-y", "--no-install-recommends", ...packages);
    return status === 0 ? "" : `apt-get failed: ${`${stdout}\n${stderr}`.trim().split("\n").at(-1)}`;
  } finally {
    release();
  }
}

/** Services of packages that are new stay stopped, now and after a reboot; services that were there before are left alone. */
function keepServicesDown(asRoot) {
  const before = Object.keys(SERVICES).filter((name) => !isInstalled(name));
  const ownPolicy = !existsSync(POLICY);
  if (ownPolicy) {
    const services = before.flatMap((name) => SERVICES[name]).map((unit) => unit.replace(/\..*$/, ""));
    asRoot(["tee", POLICY], `#!/bin/sh\nfor service in ${services.join(" ")}; do [ "$1" = "$service" ] && exit 101; done\nexit 0\n`);
    asRoot(["chmod", "755", POLICY]);
  }
  return () => {
    if (ownPolicy) asRoot(["rm", "-f", POLICY]);
    const units = before.filter(isInstalled).flatMap((name) => SERVICES[name]);
    if (units.length > 0 && existsSync("/usr/bin/systemctl")) asRoot(["systemctl", "--quiet", "disable", ...units]);
  };
}

function isInstalled(name) {
  return spawnSync("dpkg-query", ["-W", "-f", "${db:Status-Status}", name], { encoding: "utf8" }).stdout.trim() === "installed";
}

function howTo(name) {
  const { packages } = PARTS[name];
  return process.platform === "darwin" ? `brew install ${packages.join(" ")}` : `apt-get install ${packages.join(" ")}`;
}

async function main(args) {
  const names = args.flatMap((arg) => (arg.startsWith("--") ? (SETS[arg.slice(2)] ?? [arg]) : [arg]));
  const unknown = names.find((name) => !(name in PARTS));
  if (names.length === 0 || unknown !== undefined) {
    say(`${unknown === undefined ? "which parts?" : `there is no part '${unknown}'`} One of --start, --test, --bench, ${Object.keys(PARTS).join(", ")}`);
    process.exit(2);
  }
  const { missing } = await ensureParts([...new Set(names)]);
  process.exit(missing.length === 0 ? 0 : 1);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main(process.argv.slice(2));
