import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { NODE_CONTRACTS } from "../shared/src/bus/index.ts";
import { CONFINED, PURE_MODULES, ROOMS, TEST_PACKAGES, type Room } from "./layers.table.ts";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const files = ["shared", "node-agent", "fleet-cli"].flatMap((name) => sources(`${name}/src`));
const IMPORT = /(?:^|\n)\s*(?:import|export)\s[^;]*?\sfrom\s+["']([^"']+)["']|(?:^|\n)\s*import\s+["']([^"']+)["']|\bimport\(\s*["']([^"']+)["']\s*\)/g;

interface Import {
  readonly file: string;
  readonly specifier: string;
}

function sources(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    return entry.isDirectory() ? sources(path) : path.endsWith(".ts") ? [path] : [];
  });
}

const isTest = (file: string) => /\.test\.ts$|\/testing(\/|\.ts$)|\/test-[a-z-]+\.ts$/.test(file);
const roomNames = Object.keys(ROOMS).toSorted((a, b) => b.length - a.length);
const roomOf = (file: string) => roomNames.find((room) => file.startsWith(`${room}/`));

function importsOf(file: string): Import[] {
  const text = readFileSync(join(root, file), "utf8");
  return [...text.matchAll(IMPORT)].map((match) => ({ file, specifier: match[1] ?? match[2] ?? match[3] ?? "" }));
}

function problemOf({ file, specifier }: Import): string | undefined {
  const room = roomOf(file);
  if (room === undefined) return `${file} is in no room`;
  const rules = ROOMS[room] as Room;
  if (specifier.startsWith("node:")) return rules.pure && !isTest(file) && !PURE_MODULES.includes(specifier) ? `${file}: ${specifier} in a pure room` : undefined;
  const target = targetFile(file, specifier);
  if (target === undefined) {
    const name = packageName(specifier);
    const known = rules.packages?.includes(name) === true || (isTest(file) && TEST_PACKAGES.includes(name));
    return known ? undefined : `${file}: package ${name} is not for ${room}`;
  }
  const other = roomOf(target);
  if (other === undefined) return `${file}: ${specifier} leads to no room`;
  if (other === room) return undefined;
  if (isTest(file) && !crossesPackages(file, target)) return undefined;
  if (!rules.rooms.includes(other)) return `${file}: ${room} may not import ${other}`;
  return target.endsWith("/index.ts") ? undefined : `${file}: ${other} is entered by its door, not ${target}`;
}

function targetFile(file: string, specifier: string): string | undefined {
  const shared = /^@fleetwire\/shared\/([a-z-]+)$/.exec(specifier);
  if (shared !== null) return `shared/src/${shared[1]}/index.ts`;
  if (!specifier.startsWith(".")) return undefined;
  return relative(root, normalize(join(root, dirname(file), specifier))).replaceAll("\\", "/");
}

const crossesPackages = (a: string, b: string) => a.split("/")[0] !== b.split("/")[0] && !b.startsWith("shared/");
const packageName = (specifier: string) => specifier.split("/").slice(0, specifier.startsWith("@") ? 2 : 1).join("/");

describe("layers", () => {
  it("reads the sources at all", () => {
    expect(files.length).toBeGreaterThan(50);
    expect(importsOf("shared/src/wire/ticket.ts").map(({ specifier }) => specifier)).toContain("../keys/index.ts");
  });

  it("imports point only where the table allows", () => {
    expect(files.flatMap(importsOf).map(problemOf).filter((problem) => problem !== undefined)).toEqual([]);
  });

  it("refuses what it should refuse", () => {
    expect(problemOf({ file: "fleet-cli/src/client/a.ts", specifier: "../../../node-agent/src/store/index.ts" })).toMatch(/may not import/);
    expect(problemOf({ file: "node-agent/src/pty-host/a.ts", specifier: "../store/index.ts" })).toMatch(/may not import/);
    expect(problemOf({ file: "shared/src/bus/a.ts", specifier: "node:fs" })).toMatch(/pure/);
    expect(problemOf({ file: "node-agent/src/sessions/a.ts", specifier: "../store/database.ts" })).toMatch(/door/);
    expect(problemOf({ file: "node-agent/src/sessions/a.ts", specifier: "nats" })).toMatch(/not for/);
  });

  it("keeps confined text where it belongs", () => {
    const found = files
      .filter((file) => !isTest(file))
      .flatMap((file) => {
        const text = readFileSync(join(root, file), "utf8").replace(/\/\*[\s\S]*?\*\/|(^|\s)\/\/.*$/gm, "");
        return CONFINED.filter(({ pattern, allowed }) => pattern.test(text) && !allowed.test(file)).map(({ why }) => `${file}: ${why}`);
      });
    expect(found).toEqual([]);
  });

  it("every verb of the contract has its handler's file, and no handler lacks a verb", () => {
    const handlers = files.filter((file) => /^node-agent\/src\/bus\/handlers\/[a-z-]+\.ts$/.test(file) && !isTest(file)).map((file) => file.replace(/^.*\/|\.ts$/g, ""));
    expect(handlers.filter((name) => !["index", "handler", "services"].includes(name)).toSorted()).toEqual(Object.keys(NODE_CONTRACTS).toSorted());
  });
});
