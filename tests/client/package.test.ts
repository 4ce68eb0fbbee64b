// The client library as another project gets it: what is in the package, and that importing it does nothing.
import { readdirSync, readFileSync } from "node:fs";
import { builtinModules } from "node:module";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { cleanEnv, machine } from "../machines.ts";
import { Project } from "./project.ts";

describe("the packed client library", () => {
  let project: Project;
  beforeAll(async () => {
    project = await Project.make();
  });
  afterAll(() => project[Symbol.dispose]());

  const files = () => readdirSync(project.package, { recursive: true, encoding: "utf8" });
  const modules = (ending = ".js") => files().filter((file) => file.endsWith(ending)).map((file) => readFileSync(join(project.package, file), "utf8"));

  it("has modules, declarations and papers, and nothing of the sources", () => {
    expect(files()).toEqual(expect.arrayContaining(["index.js", "index.d.ts", "package.json", "README.md", "LICENSE", "LICENSE-zod"]));
    expect(files().filter((file) => file.includes(".") && !/\.(js|d\.ts|md)$|^package\.json$/.test(file))).toEqual([]);
    expect(files().filter((file) => file.includes("node-agent"))).toEqual([]);
  });

  it("declares what it imports, and imports what it declares", () => {
    const imported = [...modules(), ...modules(".d.ts")].flatMap((text) => [...text.matchAll(/(?:\bfrom|\bimport|\bimport\()\s*"((?:@[a-z-]+\/)?[a-z][a-z0-9:/._-]*)"/g)].map(([, name = ""]) => name));
    const packages = new Set(imported.filter((name) => !name.startsWith("node:") && !builtinModules.includes(name)).map((name) => name.replace(/^((?:@[^/]+\/)?[^/]+).*$/, "$1")));
    expect([...packages].toSorted()).toEqual(Object.keys(project.manifest.dependencies).toSorted());
  });

  it("its pages lead to each other", () => {
    const pages = files().filter((file) => file.endsWith(".md"));
    const links = pages.flatMap((page) => [...readFileSync(join(project.package, page), "utf8").matchAll(/\]\(([^)#:]+)\)/g)].map(([, link = ""]) => join(page, "..", link)));
    expect(links.length).toBeGreaterThan(2);
    expect(links.filter((link) => !files().includes(link))).toEqual([]);
  });

  it("neither prints nor ends the process", () => {
    for (const text of modules()) expect(text).not.toMatch(/\bprocess\.exit\(|\bconsole\.\w+\(|process\.(stdout|stderr)\b/);
  });

  it("importing it reads no environment, opens nothing and prints nothing", async () => {
    project.write(
      "import.mjs",
      `const read = [];
// Node's own loader looks for one of its variables at each module.
process.env = new Proxy(process.env, { get: (env, name) => (name === "WATCH_REPORT_DEPENDENCIES" || read.push(String(name)), env[name]) });
const before = process.getActiveResourcesInfo().length;
const { connect, FleetError } = await import("@fleetwire/client");
const opened = process.getActiveResourcesInfo().length - before;
process.stdout.write(JSON.stringify({ read, opened, connect: typeof connect, error: FleetError.name }));`,
    );
    const { stdout, stderr } = await project.run("import.mjs", cleanEnv());
    expect(stderr).toBe("");
    expect(JSON.parse(stdout)).toEqual({ read: [], opened: 0, connect: "function", error: "FleetError" });
  });

  it("starts this machine's node, which lies beside the fleet command that is installed", async () => {
    await using home = machine();
    project.write(
      "start.mjs",
      `import { connect } from "@fleetwire/client";
const fleet = await connect({ home: process.argv[2] });
process.stdout.write((await fleet.node()).state);
await fleet.close();`,
    );
    const { FLEET_HOME: _, ...env } = home.env;
    expect(await project.run("start.mjs", env, [home.home])).toEqual({ code: 0, stdout: "live", stderr: "" });
    expect((await project.run("start.mjs", { ...env, PATH: "/usr/bin" }, [join(home.home, "x")])).stderr).toContain("agent-start-failed");
  });

  it("type-checks in a strict project, its declarations included", async () => {
    project.write(
      "use.ts",
      `import { connect, FleetError, type Attached, type ErrorCode, type Fleet, type FleetEvent, type Session } from "@fleetwire/client";
import type { Duplex } from "node:stream";

export async function use(): Promise<string> {
  await using fleet: Fleet = await connect({ nats: ["nats://a:4222"], onNote: (text: string) => void text });
  const session: Session = await fleet.launch({ command: ["bash"], gpus: { count: 1, memoryBytes: 40e9 }, where: "zone=eu", tags: ["x"] });
  const terminal: Attached = await session.attach({ size: { cols: 80, rows: 24 } });
  const duplex: Duplex = terminal;
  terminal.on("exit", ({ state, exit }) => void [state satisfies "exited" | string, exit?.code]);
  terminal.on("size", ({ cols }, mine: boolean) => void [cols, mine]);
  duplex.end();
  for await (const event of fleet.events({ filter: { kinds: ["session-ended"] } })) {
    const told: FleetEvent = event;
    return told.cursor + (told.session?.exit?.code ?? 0).toFixed();
  }
  for await (const line of session.lines({ tail: 3 })) return line.toUpperCase();
  const drained = await fleet.call("node-drain", { draining: true }, { node: "gpu1" });
  // @ts-expect-error there is no such verb
  await fleet.call("node-explode", {});
  // @ts-expect-error a command is a list
  await fleet.launch({ command: "bash" });
  // @ts-expect-error nothing can be done to it without awaiting it
  session.wait("exit").session;
  return JSON.stringify(drained);
}

export const codeOf = (error: unknown): ErrorCode | undefined => (error instanceof FleetError ? error.code : undefined);
`,
    );
    expect(await project.judge(["use.ts"], { lib: ["es2022", "esnext.disposable"] })).toBe("");
    expect(await project.judge(["use.ts"], { target: "esnext", module: "esnext", moduleResolution: "bundler", exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true, isolatedModules: true })).toBe("");
  });
});
