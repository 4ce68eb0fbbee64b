// The examples of docs/client.md: judged by TypeScript at its strictest, and run in a project of their own against two real nodes.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { transform } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Project } from "../tests/client/project.ts";
import { bringUp, type Machine, machine, root } from "../tests/machines.ts";

/** What each example prints, by the heading it stands under. */
const PRINTS: Readonly<Record<string, RegExp>> = {
  "Launch, wait, read": /^(?:[ab]:\d+ ended with 0\n {2}part [123] done\n){3}$/,
  "Answer who is blocked": /^Delete everything\? \[y\/N\]\n$/,
  "A terminal as a stream": /\r\n(?:.*\r)?42\r\n[^]*\nended with 3\n$/,
  "Miss nothing over a restart": /^launched: ([ab]:\d+)\nlaunched: (?!\1\n)([ab]:\d+)\nlaunched: (?!\1\n|\2\n)[ab]:\d+\n$/,
  "Messages, searches, reports": /^(b:\d+) answers: yes, merge it\n\1 printed: reviewing change 7\n$/,
  "When something goes wrong": /^no-fitting-node: .*\n.*fleet nodes.*\n$/,
  "Many at once, and everything else": /^b:\d+ killed\ntrue false\n$/,
};

const examples = readFileSync(join(root, "docs/client.md"), "utf8")
  .split(/^## /m)
  .flatMap((section) => [...section.matchAll(/^```ts\n([^]*?)^```$/gm)].map(([, code = ""]) => ({ heading: section.split("\n")[0] ?? "", code })));

describe("docs/client.md", () => {
  let project: Project;
  let a: Machine;
  let b: Machine;

  beforeAll(async () => {
    [a, b] = [machine(), machine()];
    project = await Project.make();
    await bringUp(a, "a", { b });
  });
  afterAll(async () => {
    for (const one of [b, a]) await one[Symbol.asyncDispose]();
    project[Symbol.dispose]();
  });

  it("has the examples that are expected here", () => expect(examples.map(({ heading }) => heading)).toEqual(Object.keys(PRINTS)));

  it("they are right for the strictest TypeScript", async () => {
    const files = examples.map(({ code }, at) => (project.write(`example-${at}.ts`, code), `example-${at}.ts`));
    const [short = ""] = /(?<=^```ts\n)[^]*?(?=^```$)/m.exec(readFileSync(join(root, "README.md"), "utf8")) ?? [];
    project.write("readme.ts", `import { connect } from "@fleetwire/client";\n${short}console.log(exitCode);`);
    expect(await project.judge([...files, "readme.ts"], { noUncheckedIndexedAccess: true, exactOptionalPropertyTypes: true, noImplicitReturns: true })).toBe("");
  });

  it.each(examples.map(({ heading, code }, at) => [heading, code, at] as const))("%s", async (heading, code, at) => {
    project.write(`example-${at}.mjs`, (await transform(code, { loader: "ts", format: "esm", target: "node20" })).code);
    const { code: exit, stdout, stderr } = await project.run(`example-${at}.mjs`, a.env);
    expect(stderr).toBe("");
    expect(stdout).toMatch(PRINTS[heading] as RegExp);
    expect(exit).toBe(0);
  }, 60_000);
});
