// A bundle loads what it uses: an import through a door (a room's index.ts) goes straight to the files behind it, so that a
// command that needs two contracts doesn't set up thirty. The sources keep to their doors.
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

const IMPORT = /^import\s+(type\s+)?\{([^}]*)\}\s+from\s+"([^"]+)";/gm;
const REEXPORT = /^export\s+(type\s+)?(?:\{([^}]*)\}|(\*))\s+from\s+"([^"]+)";/gm;
const EXPORTED = /^export\s+(?:abstract\s+)?(?:const|let|function\*?|async function\*?|class)\s+(\w+)/gm;

/** esbuild plugin. @param root of the project */
export function pastDoors(root) {
  const doors = new Map();

  /** Names of a door and the files they come from. */
  function namesOf(door) {
    const known = doors.get(door);
    if (known !== undefined) return known;
    const names = new Map();
    doors.set(door, names);
    for (const [, type, list, star, from] of readFileSync(door, "utf8").matchAll(REEXPORT)) {
      if (type !== undefined) continue;
      const file = doorOf(from, door) ?? resolve(dirname(door), from);
      if (star !== undefined) for (const [, name] of readFileSync(file, "utf8").matchAll(EXPORTED)) names.set(name, { file, name });
      else for (const { name, as } of specifiers(list)) names.set(as, namesIfDoor(file)?.get(name) ?? { file, name });
    }
    return names;
  }
  const namesIfDoor = (file) => (file.endsWith("/index.ts") ? namesOf(file) : undefined);

  function doorOf(specifier, importer) {
    const shared = /^@fleetwire\/shared\/([a-z-]+)$/.exec(specifier);
    const file = shared !== null ? join(root, "shared/src", shared[1], "index.ts") : specifier.startsWith(".") && specifier.endsWith("/index.ts") ? resolve(dirname(importer), specifier) : undefined;
    return file !== undefined && existsSync(file) ? file : undefined;
  }

  function rewrite(text, importer) {
    return text.replace(IMPORT, (all, type, list, from) => {
      const door = type === undefined ? doorOf(from, importer) : undefined;
      if (door === undefined) return all;
      const names = namesOf(door);
      const lines = specifiers(list).map(({ name, as }) => {
        const origin = names.get(name);
        return origin === undefined ? `import { ${name} as ${as} } from ${JSON.stringify(door)};` : `import { ${origin.name} as ${as} } from ${JSON.stringify(origin.file)};`;
      });
      // On one line, so that the lines of a source map stay.
      return lines.join(" ") + "\n".repeat(all.split("\n").length - 1);
    });
  }

  return {
    name: "past-doors",
    setup(build) {
      build.onLoad({ filter: /\/(shared|fleet-cli|node-agent)\/src\/.*\.ts$/ }, ({ path }) => ({ contents: rewrite(readFileSync(path, "utf8"), path), loader: "ts", resolveDir: dirname(path) }));
    },
  };
}

function specifiers(list) {
  return list
    .split(",")
    .map((text) => text.trim())
    .filter((text) => text !== "" && !text.startsWith("type "))
    .map((text) => {
      const [name, as = name] = text.split(/\s+as\s+/);
      return { name, as };
    });
}
