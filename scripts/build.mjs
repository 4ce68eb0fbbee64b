// Bundles the three programs with esbuild: one command starts fast because it loads one file, not a tree of modules.
// Runs in well under a second, so that start and test simply always build.
import { execFile } from "node:child_process";
import { mkdir, readdir, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { build } from "esbuild";
import { buildCli } from "./build-cli.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");

/** Native modules stay outside; everything else goes in. */
const external = ["node-pty", "better-sqlite3"];

/** CommonJS libraries inside an ESM bundle still call require and __dirname. */
const banner = {
  js: 'import{createRequire as __cr}from"node:module";import{fileURLToPath as __fu}from"node:url";const require=__cr(import.meta.url),__filename=__fu(import.meta.url),__dirname=__fu(new URL(".",import.meta.url));',
};

const common = {
  absWorkingDir: root,
  bundle: true,
  platform: "node",
  target: "node20",
  format: "esm",
  minifySyntax: true,
  minifyWhitespace: true,
  keepNames: false,
  sourcemap: "linked",
  legalComments: "none",
  logLevel: "warning",
  external,
  banner,
};

/** Programs in C. Without a compiler all works but what they are for. */
const HELPERS = {
  // Linux only. Without it sessions hold their host's other terminals open and have no control group.
  ...(process.platform === "linux" ? { "fleet-spawn": "node-agent/src/pty-host/pty/fleet-spawn.c" } : {}),
  // Without it the terminal listener is closed for a moment when a new host takes it over.
  "fleet-pass": "node-agent/src/pty-host/server/fleet-pass.c",
};

async function buildHelper([name, source]) {
  const out = join(root, "node-agent/dist", name);
  await mkdir(dirname(out), { recursive: true });
  try {
    await promisify(execFile)("cc", ["-O2", "-o", `${out}.new`, join(root, source)]);
    await rename(`${out}.new`, out);
  } catch (error) {
    if (error.code !== "ENOENT") throw error;
  }
}

export async function buildAll() {
  await Promise.all([
    ...Object.entries(HELPERS).map(buildHelper),
    buildCli(root, common),
    build({
      ...common,
      entryPoints: { "fleet-node": "node-agent/src/main.ts" },
      outdir: "node-agent/dist",
      splitting: true,
      chunkNames: "chunks/[name]-[hash]",
    }),
    build({
      ...common,
      entryPoints: { "fleet-pty": "node-agent/src/pty-host/main.ts", "screen-worker": "node-agent/src/pty-host/screen/worker.ts", "search-worker": "node-agent/src/search/worker.ts" },
      outdir: "node-agent/dist",
    }),
  ]);
  await sweepChunks("node-agent/dist");
}

/** Chunks of older builds stay for a day: a program that runs from them may still load one. */
async function sweepChunks(dist) {
  const folder = join(root, dist, "chunks");
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    if (Date.now() - (await stat(path)).mtimeMs > DAY_MS) await rm(path, { force: true });
  }
}

const DAY_MS = 86_400_000;

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildAll();
