// Reads the runnable examples out of a page: ```console blocks, each `$ command` with the output it shows. A comment
// `<!-- machine: b -->` before a block says on which machine it is typed; the
// one called `gpu` has two stand-ins for GPUs.

export interface Example {
  readonly page: string;
  readonly line: number;
  readonly machine: string;
  readonly command: string;
  /** Lines shown after it; `…` stands for anything, alone on a line for any lines. */
  readonly shown: readonly string[];
}

export function examplesOf(page: string, text: string): Example[] {
  const examples: { page: string; line: number; machine: string; command: string; shown: string[] }[] = [];
  let machine = "a";
  let inside = false;
  text.split("\n").forEach((line, index) => {
    const named = /^<!-- machine: (\w+) -->$/.exec(line);
    if (named !== null) machine = named[1] ?? "a";
    else if (line.startsWith("```")) inside = line === "```console";
    else if (inside && line.startsWith("$ ")) examples.push({ page, line: index + 1, machine, command: line.slice(2), shown: [] });
    else if (inside) examples.at(-1)?.shown.push(line);
  });
  return examples;
}

/** Does the output look as shown? Nothing shown: anything will do. */
export function looksLike(output: string, shown: readonly string[]): boolean {
  if (shown.length === 0) return true;
  const pattern = shown.map((line) => (line === "…" ? "(?:[^\\n]*\\n)*?" : `[ \\t]*${escape(line)}[ \\t\\r]*\\n`)).join("");
  return new RegExp(`^${pattern}$`).test(output.endsWith("\n") || output === "" ? output : `${output}\n`);
}

function escape(line: string): string {
  return line
    .split("…")
    .map((part) => part.trim().replace(/[.*+?^${}()|[\]\\]/g, "\\$&").replace(/ +/g, " +"))
    .join("[^\\n]*");
}
