// Renders docs/reference/client.md from the sources of the client library: what its door exports, each with what is said of it there.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./machines.ts";

const API = "fleet-cli/src/client/api";

interface Exported {
  readonly name: string;
  /** Text of the files in which it is declared. */
  readonly source: string;
}

export function clientPage(): string {
  const all = exportsOf(read(`${API}/index.ts`)).map((one) => ({ ...one, ...declarationOf(one) }));
  const calls = all.filter(({ kind }) => kind === "function");
  const classes = all.filter(({ kind }) => kind === "class");
  const types = all.filter(({ kind }) => kind !== "function" && kind !== "class");
  return `# The client library: names

<!-- Generated from the code; \`npx vitest run tests/reference.test.ts -u\` writes it anew. -->

What \`@fleetwire/client\` exports; [client.md](../client.md) shows how it is used. The declarations in the package say the rest: every field,
its unit, the errors.

## Functions

${table(calls.map(({ signature, doc }) => [signature, doc]))}
## Classes

${classes.map(({ name, doc, body }) => `### ${name}\n\n${doc}\n\n${table(membersOf(body))}`).join("\n")}
## Types

What goes in and comes out: ${types.map(({ name }) => `\`${name}\``).join(", ")}.
`;
}

function exportsOf(door: string): Exported[] {
  return [...door.matchAll(/^export (?:type )?\{([^}]+)\} from "([^"]+)";/gm)].flatMap(([, names = "", from = ""]) => {
    const source = sourceOf(from);
    return names.split(",").map((name) => ({ name: name.trim().replace(/^type /, ""), source }));
  });
}

function sourceOf(from: string): string {
  const room = /^@fleetwire\/shared\/([a-z-]+)$/.exec(from)?.[1];
  if (room === undefined) return read(join(API, from));
  const folder = `shared/src/${room}`;
  return readdirSync(join(root, folder)).filter((file) => /(?<!\.test|index)\.ts$/.test(file)).map((file) => read(`${folder}/${file}`)).join("\n");
}

function declarationOf({ name, source }: Exported): { kind: string; doc: string; signature: string; body: string } {
  const declared = [...source.matchAll(new RegExp(`^(?:/\\*\\*((?:(?!\\*/)[^])*)\\*/\\n)?export (?:async )?(class|function|interface|type|const) ${name}\\b([^]*?)\\n(?=\\n|\\S)`, "gm"))];
  // A schema and its type have one name; the schema has the words.
  const [first] = declared;
  if (first === undefined) throw new Error(`the client library exports ${name}, which is not declared where its door says`);
  const [, , kind = ""] = first;
  const doc = declared.map(([, text]) => text).find((text) => text !== undefined);
  const body = source.slice(first.index).split(/^\}$/m)[0] ?? "";
  return { kind, doc: sentence(doc ?? ""), signature: shown(`${name}${/^.*?(?= \{$)/m.exec(first[3] ?? "")?.[0] ?? ""}`), body };
}

/** Public members: what a line two spaces in declares, without what is private, inherited or made elsewhere. */
function membersOf(body: string): [string, string][] {
  const members = [...body.matchAll(/^(?: {2}\/\*\*((?:(?!\*\/)[^])*)\*\/\n)?^ {2}(?!#|override|constructor|static|readonly #|\[|\/)((?:readonly |async \*?|get )?\w+.*?)(?: \{|;)$/gm)];
  return members.filter(([, , line = ""]) => !/^async \*?[#[]/.test(line)).map(([, doc = "", line = ""]) => [shown(line), sentence(doc)]);
}

/** As a caller sees it: a getter is a property, and how options are taken apart is nobody's business. */
const shown = (line: string) => line.replace(/^get (\w+)\(\)/, "$1").replace(/^(?:readonly |async \*?)/, "").replace(/\{[^{}]*\}: /g, "options: ").replace(/: ((?:(?!: ).)*?) = (?:\{\}|"\w+")/g, "?: $1");

/** The first sentence. */
function sentence(doc: string): string {
  const text = doc.replace(/^\s*\* ?/gm, "").replace(/\s+/g, " ").replace(/ @(param|returns|throws)\b.*$/, "").trim();
  return (/^.*?(?<!e\.g)[.;:](?= |$)/.exec(text)?.[0] ?? text).replace(/[;:]$/, ".");
}

function table(rows: readonly (readonly [string, string])[]): string {
  return `| name | what it is |\n|---|---|\n${rows.map(([name, doc]) => `| \`${name.replaceAll("|", "\\|")}\` | ${doc} |\n`).join("")}`;
}

const read = (path: string) => readFileSync(join(root, path), "utf8");
