import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { FleetError } from "@fleetwire/shared/errors";
import { defaultNodeName, ensureDirectories, parseListen, readSettings, VERSION } from "./index.ts";

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "fw-"));
  mkdirSync(join(home, "config"));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const write = (text: string, mode = 0o600) => writeFileSync(join(home, "config/config.toml"), text, { mode });
const read = (env: Record<string, string> = {}) => readSettings({ FLEET_HOME: home, ...env }, "/home/me", "My_Box.example.org");
const failure = (work: () => unknown) => {
  try {
    work();
  } catch (error) {
    const { code, message } = FleetError.from(error);
    return `${code}: ${message}`;
  }
  return "none";
};

describe("settings", () => {
  it("have defaults for everything", () => {
    expect(read()).toMatchObject({ nodeName: "my-box", labels: {}, fleet: "default", pool: "default", open: false, nats: undefined, listen: undefined });
  });

  it("colours that programs are told; one alone brings the other", () => {
    expect(read().colors).toBeUndefined();
    write('[terminal]\nforeground = "#010203"\nbackground = "#FFFFFF"\n');
    expect(read().colors).toEqual({ foreground: [1, 2, 3], background: [255, 255, 255] });
    write('[terminal]\nbackground = "#fafafa"\n');
    expect(read().colors).toMatchObject({ foreground: [0x18, 0x18, 0x18] });
    write('[terminal]\nbackground = "white"\n');
    expect(failure(read)).toMatch(/terminal\.background/);
  });

  it("environment over file over default, each key", () => {
    write('[node]\nname = "from-file"\nlabels = { a = "1", b = "2" }\nlisten = "127.0.0.1:9200"\n[nats]\nurl = "nats://file:4222"\ncreds = "~/file.creds"\nfleet = "filefleet"\nopen = true\n');
    expect(read()).toMatchObject({ nodeName: "from-file", labels: { a: "1", b: "2" }, listen: { address: "127.0.0.1", port: 9200 }, fleet: "filefleet", open: true, nats: { urls: ["nats://file:4222"], creds: "/home/me/file.creds" } });
    const env = { FLEET_NODE_NAME: "from-env", FLEET_LABELS: "b=3, c=4", FLEET_LISTEN: "9300", FLEET_NATS_URL: "nats://a:1, nats://b:2", FLEET_NATS_CREDS: "~/env.creds", FLEET_FLEET: "envfleet", FLEET_POOL: "gpu", FLEET_OPEN: "0", FLEET_EXTERNAL_URL: "https://x.example/ws" };
    expect(read(env)).toMatchObject({
      nodeName: "from-env", labels: { a: "1", b: "3", c: "4" }, listen: { port: 9300 }, fleet: "envfleet", pool: "gpu", open: false, externalUrl: "wss://x.example",
      nats: { urls: ["nats://a:1", "nats://b:2"], creds: "/home/me/env.creds" },
    });
  });

  it.each([
    ['[nats]\nulr = "x"\n', /^bad-config: .*config\.toml: nats\.ulr: /],
    ["[node]\nname = 'Bad Name'\n", /^bad-config: .*config\.toml: node\.name: /],
    ["[sessions]\nmax = 'many'\n", /^bad-config: .*config\.toml: sessions\.max: /],
    ["[sessions]\nkeep_days = -1\n", /^bad-config: .*config\.toml: sessions\.keep_days: /],
    ["= broken\n", /^bad-config: .*config\.toml: /],
    ["[extra]\n", /^bad-config: .*config\.toml: extra: /],
    ["[metrics]\nlisten = '0.0.0.0:9464'\n", /^bad-config: .*config\.toml: metrics\.listen: .*token_file/],
    ["[audit]\nmode = 'maybe'\n", /^bad-config: .*config\.toml: audit\.mode/],
    ["[node]\nlisten = 'nowhere'\n", /^bad-config: .*config\.toml: node\.listen: /],
  ])("a wrong file is refused with its name and the key: %j", (text, message) => {
    write(text);
    expect(failure(() => read())).toMatch(message);
  });

  it.each([{ FLEET_NODE_NAME: "Bad Name" }, { FLEET_LABELS: "novalue" }, { FLEET_OPEN: "maybe" }, { FLEET_LISTEN: "x:y" }, { FLEET_LOG_LEVEL: "loud" }, { FLEET_FLEET: "a.b" }] as Record<string, string>[])("a wrong variable is named: %j", (env) => {
    expect(failure(() => read(env))).toMatch(new RegExp(`^bad-config: ${Object.keys(env)[0]}`));
  });

  it("a file that others can write, or read the token in, is refused", () => {
    write("", 0o666);
    process.umask(0);
    rmSync(join(home, "config/config.toml"));
    write("", 0o622);
    expect(failure(() => read())).toMatch(/^unsafe-permissions/);
    rmSync(join(home, "config/config.toml"));
    write('[nats]\ntoken = "t"\n', 0o644);
    expect(failure(() => read())).toMatch(/^unsafe-permissions/);
    rmSync(join(home, "config/config.toml"));
    write("", 0o644);
    expect(failure(() => read())).toBe("none");
    process.umask(0o022);
  });

  it.each([["9100", "127.0.0.1", 9100], ["0.0.0.0:80", "0.0.0.0", 80], ["[::1]:9", "::1", 9], [":7", "127.0.0.1", 7]])("listens on %s", (text, address, port) => {
    expect(parseListen(text, "x")).toEqual({ address, port });
  });

  it.each([["My_Box.example", "my-box"], ["", "machine"], ["---", "machine"], ["local", "local-host"], ["x".repeat(60), "x".repeat(40)], ["日本", "machine"]])("a machine called %j is node %s", (name, expected) => {
    expect(defaultNodeName(name)).toBe(expected);
  });

  it("the version is the package's", () => {
    expect(VERSION).toBe((JSON.parse(readFileSync(fileURLToPath(new URL("../../package.json", import.meta.url)), "utf8")) as { version: string }).version);
  });
});

describe("directories", () => {
  it("are made for their owner alone, and refused when they are open", () => {
    const before = process.umask(0);
    try {
      rmSync(join(home, "config"), { recursive: true });
      const { paths } = read();
      ensureDirectories(paths);
      for (const path of [paths.config, paths.state, paths.run, paths.logs]) expect(statSync(path).mode & 0o777).toBe(0o700);
      writeFileSync(join(paths.state, "node.nk"), "x", { mode: 0o640 });
      expect(failure(() => ensureDirectories(paths))).toMatch(/^unsafe-permissions: .*node\.nk/);
    } finally {
      process.umask(before);
    }
  });
});
