// Which commands a pattern of the owner stands for.
import { posix } from "node:path";
import { matchesGlob } from "../client/index.ts";

/**
 * The words of a pattern are globs for the words of a command:
 *
 *     claude          that name, found by the node's PATH, with any arguments
 *     /opt/bin/*      a program by its path, after `..` and `.` were resolved
 *     npm run *       these words, then any or none; without the last `*`: exactly these
 *
 * A name never stands for a path: `/tmp/claude` is another program.
 */
export function matchesCommand([program = "", ...given]: readonly string[], pattern: string): boolean {
  const [first = "", ...words] = pattern.trim().split(/\s+/);
  if (!matchesProgram(program, first)) return false;
  if (words.length === 0) return true;
  const open = words.at(-1) === "*";
  const wanted = open ? words.slice(0, -1) : words;
  if (open ? given.length < wanted.length : given.length !== wanted.length) return false;
  return wanted.every((word, at) => matchesGlob(given[at] ?? "", word));
}

function matchesProgram(program: string, glob: string): boolean {
  const isPath = program.includes("/");
  if (glob.includes("/") !== isPath) return false;
  return matchesGlob(isPath ? posix.normalize(program) : program, glob);
}
