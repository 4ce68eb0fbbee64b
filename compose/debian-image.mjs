// Images where none can be pulled: debootstrap from the mirror that this machine's apt uses, then `docker import`.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { chmod, copyFile, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { capture, say } from "../scripts/lib.mjs";

const UNUSED = ["var/cache/apt/archives", "var/lib/apt/lists", "usr/share/doc", "usr/share/man", "usr/share/locale"];
const PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
const env = { ...process.env, PATH: `${process.env.PATH ?? ""}:/usr/sbin:/sbin` };

/**
 * A Debian with these packages and this machine's Node, made when it isn't there yet; older ones of the name are removed.
 * @returns its tag, which names all that is in it
 */
export async function debianImage(name, packages) {
  const { suite, mirror } = await debian();
  const content = JSON.stringify({ suite, PACKAGES: packages, UNUSED, node: process.version, arch: process.arch });
  const tag = `${name}:${createHash("sha256").update(content).digest("hex").slice(0, 12)}`;
  if ((await docker(["image", "inspect", tag])).code === 0) return tag;
  say(`making ${tag}: Debian ${suite} from ${mirror} …`);
  const directory = await mkdtemp(join(tmpdir(), "fw-stand-in-"));
  try {
    const made = await capture("debootstrap", ["--variant=minbase", `--include=${packages.join(",")}`, suite, directory, mirror], { env });
    if (made.code !== 0) fail(`debootstrap failed: ${lastLine(made)}`, "it needs root, and the mirror of this machine's apt");
    for (const path of UNUSED) await rm(join(directory, path), { recursive: true, force: true });
    await copyFile(process.execPath, join(directory, "usr/local/bin/node"));
    await chmod(join(directory, "usr/local/bin/node"), 0o755);
    const imported = await pipe(["tar", "-C", directory, "-c", "."], ["docker", "import", "--change", `ENV PATH=${PATH}`, "-", tag]);
    if (imported.code !== 0) fail(`docker import failed: ${imported.said}`);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
  const { stdout } = await docker(["image", "ls", "--format", "{{.Repository}}:{{.Tag}}", name]);
  for (const old of stdout.split("\n").filter((line) => line !== "" && line !== tag)) await docker(["image", "rm", old]);
  return tag;
}

/** The suite and mirror of this machine where it is a Debian; bookworm otherwise. */
async function debian() {
  const release = Object.fromEntries((await readFile("/etc/os-release", "utf8")).split("\n").map((line) => line.replaceAll('"', "").split("=")));
  if (release.ID !== "debian") return { suite: "bookworm", mirror: "http://deb.debian.org/debian" };
  const suite = release.VERSION_CODENAME;
  const files = ["/etc/apt/sources.list", ...(await readdir("/etc/apt/sources.list.d")).map((name) => `/etc/apt/sources.list.d/${name}`)];
  const texts = await Promise.all(files.map((file) => readFile(file, "utf8").catch(() => "")));
  const line = new RegExp(`^deb(?: \\[[^\\]]*\\])? (\\S+) ${suite} .*\\bmain\\b`, "m");
  const stanza = (text) => text.split(/\n\s*\n/).find((one) => new RegExp(`^Suites:.*\\b${suite}(\\s|$)`, "m").test(one) && /^Components:.*\bmain\b/m.test(one));
  const found = texts.map((text) => line.exec(text)?.[1] ?? /^URIs: *(\S+)/m.exec(stanza(text) ?? "")?.[1]).find((uri) => uri !== undefined);
  return { suite, mirror: found ?? "http://deb.debian.org/debian" };
}

function docker(args) {
  return capture("docker", args, { env });
}

/** Runs `from | to`; what both said on their standard error is in the answer. */
export async function pipe(from, to) {
  const source = spawn(from[0], from.slice(1), { env, stdio: ["ignore", "pipe", "pipe"] });
  const sink = spawn(to[0], to.slice(1), { env, stdio: ["pipe", "ignore", "pipe"] });
  let said = "";
  for (const { stderr } of [source, sink]) stderr.on("data", (chunk) => (said += chunk));
  const ended = [source, sink].map((child) => new Promise((resolve, reject) => child.on("error", reject).on("close", (code) => resolve(code ?? 1))));
  // A sink that ends early says why on its standard error.
  await pipeline(source.stdout, sink.stdin).catch(() => source.kill());
  const codes = await Promise.all(ended);
  return { code: Math.max(...codes), said: said.trim() };
}

function lastLine({ stdout, stderr }) {
  return `${stdout}\n${stderr}`.trim().split("\n").at(-1);
}

export function fail(what, hint) {
  say(`${what}`);
  if (hint !== undefined) say(`hint: ${hint}`);
  process.exit(1);
}
