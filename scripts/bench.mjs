// `npm run bench`: builds the product and the bench, then measures. Arguments go to the bench: --rows P1,P4 --quick --full
// --json FILE --picture FILE (bench/README.md).
import { cp, rm } from "node:fs/promises";
import { join } from "node:path";
import { build } from "esbuild";
import { buildAll } from "./build.mjs";
import { ensurePackages, root, run } from "./lib.mjs";
import { ensureParts } from "./real-parts.mjs";

await ensureParts("bench");
await ensurePackages();
await Promise.all([buildAll(), buildBench()]);
await copyProduct();
// The bench ends on a signal by itself, and cleans up first.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => {});
process.exit(await run(process.execPath, [join(root, "bench/dist/main.js"), ...process.argv.slice(2)]));

/** Peers and programs are processes of their own. */
async function buildBench() {
  await build({
    absWorkingDir: root,
    bundle: true,
    platform: "node",
    target: "node20",
    format: "esm",
    logLevel: "warning",
    external: ["node-pty", "better-sqlite3", "nats", "ws"],
    // CommonJS libraries inside still call require.
    banner: { js: 'import{createRequire as __cr}from"node:module";const require=__cr(import.meta.url);' },
    entryPoints: { main: "bench/main.ts", print: "bench/programs/print.ts", relay: "bench/peers/relay-main.ts", responder: "bench/peers/responder-main.ts", simulator: "bench/simulator/main.ts" },
    outdir: "bench/dist",
  });
}

/** What is measured doesn't change under the measuring when somebody builds meanwhile. */
async function copyProduct() {
  const copy = join(root, "bench/dist/product");
  await rm(copy, { recursive: true, force: true });
  for (const part of ["fleet-cli/bin", "fleet-cli/dist", "fleet-cli/package.json", "node-agent/dist", "node-agent/package.json"]) await cp(join(root, part), join(copy, part), { recursive: true });
}
