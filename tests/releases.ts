// Other releases for tests: the same sources, with words of the contract taken out, put in or changed while they are bundled.
import { readFileSync } from "node:fs";
import type { Plugin } from "esbuild";

/** By the end of a source's path: what becomes of what. Each must be there. */
export type Edits = Readonly<Record<string, readonly (readonly [from: string | RegExp, to: string])[]>>;

export function edited(edits: Edits): Plugin {
  return {
    name: "another-release",
    setup(build) {
      for (const [ending, changes] of Object.entries(edits)) {
        build.onLoad({ filter: new RegExp(`${ending.replaceAll(".", "\\.")}$`) }, ({ path }) => ({ loader: "ts", contents: changes.reduce((text, change) => replaced(text, change, path), readFileSync(path, "utf8")) }));
      }
    },
  };
}

function replaced(text: string, [from, to]: readonly [string | RegExp, string], path: string): string {
  const after = text.replace(from, to);
  if (after === text) throw new Error(`${path} has no ${String(from)}`);
  return after;
}

export const release = (version: string): Edits => ({ "config/version.ts": [["0.1.0", version]] });
