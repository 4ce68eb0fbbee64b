import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

// This file is part of the bundle bench/dist/main.js.
const dist = dirname(fileURLToPath(import.meta.url));
const root = join(dist, "..", "..");

/** A program of the bench itself, bundled beside this one. */
export const benchProgram = (name: "print" | "relay" | "responder" | "simulator"): string => join(dist, `${name}.js`);

/** A source file of the bench. */
export const benchSource = (path: string): string => join(root, "bench", path);

/** The product as it is shipped: a copy that stays as it is while it is measured, also when somebody builds meanwhile. */
export const product = { agent: join(dist, "product/node-agent/dist/fleet-node.js"), cli: join(dist, "product/fleet-cli/bin/fleet.js") };
