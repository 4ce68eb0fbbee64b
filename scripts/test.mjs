// `npm test`: installs what is missing, then types, lint, layers, unit, integration and end-to-end tests.
// `--long`: the same proofs with their full counts. Further arguments go to vitest (a path runs one part).
import { bin, ensurePackages, run, say } from "./lib.mjs";

const args = process.argv.slice(2);
const long = args.includes("--long");
const rest = args.filter((arg) => arg !== "--long");
const env = { ...process.env, ...(long ? { FLEET_LONG: "1" } : {}) };

const { ensureParts } = await import("./real-parts.mjs");
await ensureParts("start");
await ensurePackages();
await ensureParts("test");

if (rest.length === 0) {
  const code = await run(process.execPath, ["scripts/check.mjs"], { env });
  if (code !== 0) process.exit(code);
}
const { buildAll } = await import("./build.mjs");
await buildAll();
say(long ? "running every test with full counts …" : "running every test …");
process.exit(await run(bin("vitest"), ["run", ...rest], { env }));
