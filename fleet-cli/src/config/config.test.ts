import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { addServer, findServer, readServers, readSettings, removeServer } from "./index.ts";

describe("settings", () => {
  let home: string;
  let env: Record<string, string>;
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), "fw-"));
    mkdirSync(join(home, "config"));
    env = { HOME: "/home/me", FLEET_HOME: home };
  });
  afterEach(() => rmSync(home, { recursive: true, force: true }));
  const configure = (text: string) => writeFileSync(join(home, "config/config.toml"), text);

  it("flag over environment over file over default", async () => {
    expect((await readSettings({}, env)).nats).toBeUndefined();
    configure('[nats]\nurl = ["nats://file:1", "nats://file:2"]\nfleet = "f"\n');
    expect(await readSettings({}, env)).toMatchObject({ nats: { urls: ["nats://file:1", "nats://file:2"] }, fleet: "f" });
    env["FLEET_NATS_URL"] = "nats://env:1";
    expect((await readSettings({}, env)).nats?.urls).toEqual(["nats://env:1"]);
    expect(await readSettings({ nats: "nats://flag:1,nats://flag:2", fleet: "g" }, env)).toMatchObject({ nats: { urls: ["nats://flag:1", "nats://flag:2"] }, fleet: "g" });
  });

  it("programs don't write the clipboard unless the file says so", async () => {
    expect((await readSettings({}, env)).passing).toEqual({ clipboard: false, titles: true, notifications: true });
    configure('[attach]\nclipboard = "write"\ntitles = false\nnotifications = false\n');
    expect((await readSettings({}, env)).passing).toEqual({ clipboard: true, titles: false, notifications: false });
    configure('[attach]\nclipboard = "read"\n');
    await expect(readSettings({}, env)).rejects.toThrow(/attach\.clipboard/);
  });

  it("a tilde in a file name is the home directory", async () => {
    configure('[nats]\nurl = "nats://h"\ncreds = "~/x.creds"\n');
    expect((await readSettings({}, env)).nats?.creds).toBe("/home/me/x.creds");
    expect((await readSettings({ creds: "~/y", tokenFile: "~/t" }, env)).bearer.file).toBe("/home/me/t");
  });

  it.each([
    ["[nats]\nulr = 'x'", /config\.toml: unknown key 'nats\.ulr'/],
    ["[natz]\n", /unknown key 'natz'/],
    ["[nats]\nurl = 5", /'nats\.url'/],
    ["[nats]\nfleet = 'Not A Name'", /'nats\.fleet': a fleet name/],
    ["[sessions]\nmax = 'many'", /'sessions\.max' must be of type/],
    ["[nats\n", /config\.toml line 1/],
  ])("a mistake names the file and the key: %j", async (text, message) => {
    configure(text);
    await expect(readSettings({}, env)).rejects.toMatchObject({ code: "bad-config", exit: 2, message: expect.stringMatching(message) as string });
  });

  it("nothing of the fleet's own goes into a session's environment, and no token into the agent's", async () => {
    const settings = await readSettings({}, { ...env, FLEET_TOKEN: "t", FLEET_NATS_TOKEN: "n", NATS_PASSWORD: "p", PATH: "/bin", MARK: "1" });
    expect(settings.callerEnv()).toEqual({ HOME: "/home/me", PATH: "/bin", MARK: "1" });
    expect(settings.agentEnv()).not.toHaveProperty("FLEET_TOKEN");
    expect(settings.agentEnv()).toMatchObject({ FLEET_HOME: home });
  });

  it("saved servers are a private file, and one that isn't is refused", async () => {
    const file = join(home, "config/servers.toml");
    expect(await readServers(file)).toEqual({});
    await addServer(file, "a", { url: "wss://a", token: "t" });
    await addServer(file, "b", { url: "wss://b" });
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(await findServer(file, "a")).toEqual({ url: "wss://a", token: "t" });
    await removeServer(file, "a");
    expect(Object.keys(await readServers(file))).toEqual(["b"]);
    await expect(removeServer(file, "a")).rejects.toMatchObject({ code: "unknown-server" });
    writeFileSync(file, "[servers.a]\nurl = 1\n");
    await expect(readServers(file)).rejects.toThrow(/servers\.toml/);
    rmSync(file);
    writeFileSync(file, "", { mode: 0o644 });
    await expect(readServers(file)).rejects.toMatchObject({ code: "unsafe-permissions" });
  });
});
