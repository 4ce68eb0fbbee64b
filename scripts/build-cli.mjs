// The bundle of the `fleet` command is made for its start: CommonJS, because Node's loader for modules costs more than all of
// our code; one file, minified; the libraries that few commands use in files of their own, loaded when one is needed.
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { build } from "esbuild";
import { compileAhead } from "./compiled-ahead.mjs";
import { pastDoors } from "./doors.mjs";

const ON_DEMAND = ["nats", "ws", "smol-toml"];
/** The one file of a room that names a large library, and the bundle it becomes with what is behind it. */
const MCP_SDK = { file: "fleet-cli/src/mcp/sdk.ts", bundle: "mcp-sdk" };

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
    build({ ...cjs, sourcemap: false, entryPoints: [MCP_SDK.file], outfile: join(dist, "lib", `${MCP_SDK.bundle}.js`) }),
    ...ON_DEMAND.map((name) => build({ ...cjs, sourcemap: false, entryPoints: [name], outfile: join(dist, "lib", `${name}.js`) })),
  ]);
  // The program itself is not run here, and so compiled less far.
  await Promise.all([...["nats", MCP_SDK.bundle].map((name) => compileAhead(join(dist, "lib", `${name}.js`), { run: true })), compileAhead(join(dist, "fleet.js"), { run: false })]);
}

const onDemand = {
  name: "on-demand",
  setup({ onResolve }) {
    onResolve({ filter: new RegExp(`^(${ON_DEMAND.join("|")})$`) }, ({ path }) => ({ path: `./lib/${path}.js`, external: true }));
    onResolve({ filter: /\/sdk\.ts$/ }, () => ({ path: `./lib/${MCP_SDK.bundle}.js`, external: true }));
  },
};
