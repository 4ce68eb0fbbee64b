// Images for the stack where none can be pulled: one Debian with nats-server, caddy and this machine's Node, made by
// debootstrap from the mirror that this machine's apt uses, and the node's image on top of it, from what is built here.
//   export $(node compose/stand-ins.mjs)      prints the variables that docker-compose.yml reads
// Needs root, debootstrap, a Docker engine, and `npm run build` before. A second run takes seconds.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { root, say } from "../scripts/lib.mjs";
import { debianImage, fail, pipe } from "./debian-image.mjs";

const BASE = "fleetwire-stand-in";
const NODE = "fleetwire-node:stand-in";
const PACKAGES = ["nats-server", "caddy", "libstdc++6"];
/** The context of node.Dockerfile with everything built: dist, and the native modules with what they load. */
const CONTEXT = [
  "package.json",
  "package-lock.json",
  "shared/package.json",
  "node-agent/package.json",
  "node-agent/dist",
  "fleet-cli/package.json",
  "fleet-cli/bin",
  "fleet-cli/dist",
  "compose/node.Dockerfile",
  "compose/container-node.mjs",
  "node_modules/bindings",
  "node_modules/file-uri-to-path",
  "node_modules/better-sqlite3/package.json",
  "node_modules/better-sqlite3/lib",
  "node_modules/better-sqlite3/build/Release/better_sqlite3.node",
  "node_modules/node-pty/package.json",
  "node_modules/node-pty/lib",
  "node_modules/node-pty/build/Release/pty.node",
];

const unbuilt = CONTEXT.find((file) => !existsSync(join(root, file)));
if (unbuilt !== undefined) fail(`${unbuilt} is not there`, "npm ci && npm run build");
const base = await debianImage(BASE, PACKAGES);
await buildNode(base);
process.stdout.write(`FLEET_NATS_IMAGE=${base}\nFLEET_CADDY_IMAGE=${base}\nFLEET_BASE_IMAGE=${base}\nFLEET_NODE_IMAGE=${NODE}\n`);

async function buildNode(base) {
  say(`building ${NODE} …`);
  const args = Object.entries({ FLEET_BASE_IMAGE: base, FLEET_BUILD_IMAGE: base, FLEET_PREBUILT: "1" }).flatMap(([name, value]) => ["--build-arg", `${name}=${value}`]);
  // Times don't count for the cache of layers, owners do: the files are root's wherever they were built.
  const tar = ["tar", "-C", root, "--owner=0", "--group=0", "-c", ...CONTEXT];
  const built = await pipe(tar, ["docker", "build", "--quiet", "--network", "none", "--file", "compose/node.Dockerfile", "--tag", NODE, ...args, "-"]);
  if (built.code !== 0) fail(`docker build failed: ${built.said}`);
}
