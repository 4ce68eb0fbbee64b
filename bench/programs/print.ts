// A program that prints fast: says READY, waits for a line, prints BLOCKS blocks of text in writes of 64 KiB (0: for ever),
// notes how long that took, says DONE, and stays until it is killed.
// print.js BLOCKS [REPORT-FILE]
import { readSync, renameSync, writeFileSync, writeSync } from "node:fs";
import { block, DONE, READY } from "./text.ts";

const blocks = Number(process.argv[2]);
const report = process.argv[3];
const text = block();

writeSync(1, `${READY}\n`);
readSync(0, Buffer.alloc(64));
const from = performance.now();
for (let count = 0; blocks === 0 || count < blocks; count++) writeAll(text);
const ms = performance.now() - from;
if (report !== undefined) {
  writeFileSync(`${report}.new`, JSON.stringify({ ms }));
  renameSync(`${report}.new`, report);
}
writeSync(1, `${DONE}\n`);
while (readSync(0, Buffer.alloc(64)) > 0);

function writeAll(bytes: Buffer): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(1, bytes, at);
}
