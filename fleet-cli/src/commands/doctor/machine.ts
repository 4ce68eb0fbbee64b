// This machine: Node, directories, programs beside us, configuration.
import { accessSync, constants, existsSync, lstatSync, statfsSync } from "node:fs";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { findNodeProgram } from "../../client/index.ts";
import { readServers } from "../../config/index.ts";
import { bytesOf } from "../../ui/index.ts";
import { fail, failed, ok, warn, type Check, type Examined, type Finding } from "./checks.ts";

const run = promisify(execFile);
const LEAST_FREE = 256 * 1024 * 1024;

export const nodeVersion: Check = () => {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  const detail = `node ${process.version}`;
  return major > 20 || (major === 20 && minor >= 19) ? ok("node", detail) : fail("node", `${detail} is too old`, "install Node 20.19 or newer");
};

export const directories: Check = ({ settings: { paths } }) => {
  const me = process.getuid?.();
  const findings = [paths.config, paths.state, paths.run].map((path): Finding => {
    const stat = lstatSync(path, { throwIfNoEntry: false });
    if (stat === undefined) return ok("directory", `${path} (not made yet)`);
    if (!stat.isDirectory()) return fail("directory", `${path} is not a directory`, `move it away: mv ${path} ${path}.old`);
    if (me !== undefined && stat.uid !== me) return fail("directory", `${path} belongs to another user`, `chown it to you, or set FLEET_HOME to a directory of yours`);
    if ((stat.mode & 0o077) !== 0) return fail("directory", `${path} is open to others (${(stat.mode & 0o777).toString(8)})`, `chmod 700 ${path}`);
    return ok("directory", path);
  });
  return [...findings, ...space(paths.state)];
};

function space(path: string): Finding[] {
  if (!existsSync(path)) return [];
  const { bavail, bsize } = statfsSync(path);
  const free = bavail * bsize;
  return [free < LEAST_FREE ? warn("disk", `${bytesOf(free)} free in ${path}`, "free some space: output that can't be kept is lost to 'fleet logs'") : ok("disk", `${bytesOf(free)} free`)];
}

export const secrets: Check = ({ settings: { paths } }) => {
  const files = [paths.callerSeed, paths.callerCredentials, paths.servers, `${paths.state}/node.nk`, `${paths.state}/credentials.json`].filter((file) => existsSync(file));
  const open = files.filter((file) => (lstatSync(file).mode & 0o077) !== 0);
  return open.length === 0 ? ok("secrets", files.length === 0 ? "none yet" : `${files.length} files, all private`) : open.map((file) => fail("secrets", `${file} is open to others`, `chmod 600 ${file}`));
};

export const configuration: Check = async ({ settings: { paths } }) => {
  // config.toml was read before anything else: it is sound, or this command had not come so far.
  const config = ok("config", existsSync(paths.configFile) ? paths.configFile : `${paths.configFile} (none; defaults)`);
  try {
    return [config, ok("servers", `${Object.keys(await readServers(paths.servers)).length} saved`)];
  } catch (error) {
    return [config, failed("servers", error)];
  }
};

export const agentProgram: Check = ({ settings }) => {
  try {
    return ok("agent program", findNodeProgram(settings.nodeProgram));
  } catch (error) {
    return failed("agent program", error);
  }
};

const PROGRAMS = [
  { name: "nats-server", args: ["--version"], why: "a hub on this machine needs it: 'fleet hub init'" },
  { name: "caddy", args: ["version"], why: "terminals of this node over WSS need it" },
  { name: "tmux", args: ["-V"], why: "consoles need it; sessions don't" },
] as const;

export const programs: Check = (examined) => Promise.all(PROGRAMS.map((program) => versionOf(program, examined)));

async function versionOf({ name, args, why }: (typeof PROGRAMS)[number], { settings }: Examined): Promise<Finding> {
  // Servers are often in places that only root has on the PATH.
  const path = [...settings.search.split(":"), "/usr/sbin", "/usr/local/sbin", "/sbin"].map((directory) => join(directory, name)).find(isExecutable);
  if (path === undefined) return warn(name, "not installed", `${why}; install it with your system's package manager`);
  try {
    const { stdout, stderr } = await run(path, [...args], { timeout: 5_000 });
    return ok(name, `${(stdout || stderr).split("\n")[0]?.replace(/^.*?(v?\d)/, "$1").split(" ")[0] ?? ""} (${path})`);
  } catch (error) {
    return warn(name, `${path} doesn't say its version: ${(error as Error).message.split("\n")[0] ?? ""}`, "install it again");
  }
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
