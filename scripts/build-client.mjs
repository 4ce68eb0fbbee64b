// The client library as a package of its own in fleet-cli/dist/client: one ES module (and what it loads on use), its types, and a
// package.json that says what it needs. `npm pack ./fleet-cli/dist/client` makes the archive that another project installs.
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, relative, resolve } from "node:path";
import { build } from "esbuild";
import { bin, root, run } from "./lib.mjs";

const ENTRY = "fleet-cli/src/client/api/index";
/** Installed with it; a project that uses them too has them once. */
const LOADED = ["nats", "smol-toml", "ws"];
/** In the declarations only: the little of it that runs is in the bundle, for all of it takes a tenth of a second to load. */
const IN_TYPES = ["zod"];

/** @param dist the package's directory, which is made anew */
async function buildClient(dist) {
  await rm(dist, { recursive: true, force: true });
  await mkdir(dist, { recursive: true });
  await Promise.all([bundle(dist), types(dist), papers(dist)]);
}

function bundle(out) {
  return build({
    absWorkingDir: root,
    entryPoints: { index: `${ENTRY}.ts` },
    outdir: out,
    bundle: true,
    splitting: true,
    chunkNames: "chunks/[name]-[hash]",
    platform: "node",
    target: "node20",
    format: "esm",
    external: LOADED,
    keepNames: true,
    legalComments: "none",
    logLevel: "warning",
  });
}

/** The declarations that the door leads to, as a tree like that of the sources. */
async function types(out) {
  const all = await mkdtemp(join(tmpdir(), "fleet-types-"));
  try {
    const code = await run(bin("tsc"), ["-p", root, "--noEmit", "false", "--declaration", "--emitDeclarationOnly", "--allowImportingTsExtensions", "--rootDir", root, "--outDir", all]);
    if (code !== 0) throw new Error("the declarations could not be made");
    const [waiting, known] = [[ENTRY], new Set([ENTRY])];
    for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
      const text = (await readFile(join(all, `${file}.d.ts`), "utf8")).replace(SPECIFIER, (match, before, specifier) => {
        const target = sourceOf(specifier, file);
        if (target === undefined) return match;
        if (!known.has(target)) waiting.push(target);
        known.add(target);
        const path = relative(dirname(file), target);
        return `${before}"${path.startsWith(".") ? path : `./${path}`}.js"`;
      });
      await mkdir(dirname(join(out, "types", file)), { recursive: true });
      await writeFile(join(out, "types", `${file}.d.ts`), text);
    }
    await writeFile(join(out, "index.d.ts"), `export * from "./types/${ENTRY}.js";\n`);
  } finally {
    await rm(all, { recursive: true, force: true });
  }
}

const SPECIFIER = /(\bfrom |\bimport\()"([^"]+)"/g;

/** The file behind an import of ours, without its ending; undefined for a package. */
function sourceOf(specifier, importer) {
  const shared = /^@fleetwire\/shared\/([a-z-]+)$/.exec(specifier);
  if (shared !== null) return `shared/src/${shared[1]}/index`;
  return specifier.startsWith(".") ? join(dirname(importer), specifier).replace(/\.ts$/, "") : undefined;
}

async function papers(out) {
  const [product, cli] = await Promise.all(["package.json", "fleet-cli/package.json"].map(async (name) => JSON.parse(await readFile(join(root, name), "utf8"))));
  const manifest = {
    name: "@fleetwire/client",
    version: product.version,
    description: "Launch, watch, steer and attach to terminal sessions on many machines: everything the fleet command does, typed",
    license: product.license,
    type: "module",
    sideEffects: false,
    engines: product.engines,
    exports: { ".": { types: "./index.d.ts", default: "./index.js" }, "./package.json": "./package.json" },
    types: "./index.d.ts",
    dependencies: Object.fromEntries([...LOADED, ...IN_TYPES].map((name) => [name, cli.dependencies[name]])),
    // Its types speak of Node's streams and buffers.
    peerDependencies: { "@types/node": ">=20" },
    peerDependenciesMeta: { "@types/node": { optional: true } },
  };
  await writeFile(join(out, "package.json"), `${JSON.stringify(manifest, undefined, 2)}\n`);
  await cp(join(root, "LICENSE"), join(out, "LICENSE"));
  for (const name of IN_TYPES) await cp(join(root, "node_modules", name, "LICENSE"), join(out, `LICENSE-${name}`));
  await cp(join(root, "docs/client.md"), join(out, "README.md"));
  await mkdir(join(out, "reference"));
  for (const page of ["client", "verbs", "errors"]) {
    const text = await readFile(join(root, `docs/reference/${page}.md`), "utf8");
    await writeFile(join(out, `reference/${page}.md`), text.replaceAll("(../client.md)", "(../README.md)"));
  }
}

const dist = resolve(process.argv[2] ?? join(root, "fleet-cli/dist/client"));
await buildClient(dist);
process.stdout.write(`${dist}\n`);
