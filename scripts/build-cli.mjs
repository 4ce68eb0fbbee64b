// The bundle of the `fleet` command is made for its start: CommonJS, because Node's loader for modules costs more than all of
// our code; one file, minified; the libraries that few commands use in files of their own, loaded when one is needed.
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { build } from "esbuild";
import { compileAhead } from "./compiled-ahead.mjs";
import { pastDoors } from "./doors.mjs";

const ON_DEMAND = ["nats", "ws", "smol-toml"];

/** @param common esbuild options of all bundles */
export async function buildCli(root, { banner: _ofModules, ...common }) {
  const dist = join(root, "fleet-cli/dist");
  await mkdir(dist, { recursive: true });
  await writeFile(join(dist, "package.json"), '{ "type": "commonjs" }\n');
  const cjs = { ...common, format: "cjs", minify: true, supported: { "dynamic-import": false } };
  await Promise.all([
    build({
      ...cjs,
      entryPoints: ["fleet-cli/src/main.ts"],
      outfile: join(dist, "fleet.js"),
      define: { "import.meta.url": "__url" },
      banner: { js: 'const __url=require("node:url").pathToFileURL(__filename).href;' },
      plugins: [pastDoors(root), onDemand],
    }),
    ...ON_DEMAND.map((name) => build({ ...cjs, sourcemap: false, entryPoints: [name], outfile: join(dist, "lib", `${name}.js`) })),
  ]);
  // The program itself is not run here, and so compiled less far.
  await Promise.all([compileAhead(join(dist, "lib", "nats.js"), { run: true }), compileAhead(join(dist, "fleet.js"), { run: false })]);
}

const onDemand = {
  name: "on-demand",
  setup({ onResolve }) {
    onResolve({ filter: new RegExp(`^(${ON_DEMAND.join("|")})$`) }, ({ path }) => ({ path: `./lib/${path}.js`, external: true }));
  },
};
