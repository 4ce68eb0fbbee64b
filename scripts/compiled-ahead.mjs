// Bundles with V8's compiled code beside them: half of what loading one costs is compiling it. The file that is required
// takes both; code of another Node version is refused by V8, and then it is compiled as ever.
import { createHash } from "node:crypto";
import { readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Script } from "node:vm";
import Module, { createRequire } from "node:module";

const DAY_MS = 24 * 3_600_000;

/**
 * @param file a CommonJS bundle without import(); afterwards a loader of the same name, with the bundle and its code beside it
 * @param run load it here: what its loading runs is compiled by then, and so is in the data
 */
export async function compileAhead(file, { run }) {
  const source = await readFile(file, "utf8");
  const name = `${file.replace(/\.js$/, "")}-${createHash("sha256").update(source).digest("hex").slice(0, 12)}`;
  const script = new Script(Module.wrap(source), { filename: `${name}.cjs` });
  const module = { exports: {} };
  if (run) script.runInThisContext()(module.exports, createRequire(file), module, `${name}.cjs`, dirname(file));
  await Promise.all([put(`${name}.cjs`, source), put(`${name}.code`, script.createCachedData())]);
  await put(file, loader(name.slice(dirname(file).length + 1)));
  await sweep(dirname(file), name);
}

/** A program that starts meanwhile finds each file whole. */
async function put(path, content) {
  await writeFile(`${path}.new`, content);
  await rename(`${path}.new`, path);
}

const loader = (name) => `"use strict";
const { readFileSync } = require("node:fs");
const filename = require("node:path").join(__dirname, "${name}.cjs");
let cachedData;
try { cachedData = readFileSync(filename.slice(0, -3) + "code"); } catch {}
const script = new (require("node:vm").Script)(require("node:module").wrap(readFileSync(filename, "utf8")), { filename, cachedData });
script.runInThisContext()(exports, require, module, filename, __dirname);
`;

/** Those of older builds stay for a day: a program that runs from them may still load one. */
async function sweep(directory, current) {
  for (const file of await readdir(directory)) {
    const path = join(directory, file);
    if (!/-[0-9a-f]{12}\.(cjs|code)$/.test(file) || path.startsWith(current)) continue;
    if (Date.now() - (await stat(path)).mtimeMs > DAY_MS) await rm(path, { force: true });
  }
}
