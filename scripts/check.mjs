// Everything that needs no running part: types, lint, unused code, layers. Seconds.
import { bin, ensurePackages, run, say } from "./lib.mjs";

await ensurePackages();
const checks = [
  ["types", bin("tsc"), ["-p", "."]],
  ["lint", bin("oxlint"), ["--type-aware", "--quiet"]],
  ["unused code", bin("knip"), ["--no-progress"]],
  ["layers", bin("vitest"), ["run", "tests/layers.test.ts", "--reporter=dot"]],
];
let failed = 0;
for (const [name, command, args] of checks) {
  const from = performance.now();
  const code = await run(command, args);
  say(`${code === 0 ? "ok  " : "FAIL"} ${name} (${((performance.now() - from) / 1000).toFixed(1)} s)`);
  if (code !== 0) failed++;
}
process.exit(failed === 0 ? 0 : 1);
