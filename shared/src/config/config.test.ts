import { describe, expect, it } from "vitest";
import { ConfigFile, expandTilde, pathsOf } from "./index.ts";

describe("directories", () => {
  it("follow XDG", () => {
    expect(pathsOf({}, "/home/a")).toMatchObject({ config: "/home/a/.config/fleet", state: "/home/a/.local/state/fleet", run: "/home/a/.local/state/fleet/run" });
    expect(pathsOf({ XDG_CONFIG_HOME: "/c", XDG_STATE_HOME: "/s", XDG_RUNTIME_DIR: "/run/user/1" }, "/home/a")).toMatchObject({ config: "/c/fleet", state: "/s/fleet", run: "/run/user/1/fleet" });
  });
  it("all move with FLEET_HOME", () => {
    expect(pathsOf({ FLEET_HOME: "~/b", XDG_RUNTIME_DIR: "/run/user/1" }, "/home/a")).toMatchObject({ config: "/home/a/b/config", state: "/home/a/b/state", run: "/home/a/b/run", agentSocket: "/home/a/b/run/agent.sock" });
  });
  it("a path too long for a socket is said before anything is made", () => {
    expect(() => pathsOf({ FLEET_HOME: `/${"x".repeat(90)}` }, "/home/a")).toThrow(expect.objectContaining({ code: "path-too-long", exit: 2 }));
  });
  it("a tilde is the home directory at the start only", () => {
    expect([expandTilde("~", "/h"), expandTilde("~/x", "/h"), expandTilde("/a/~", "/h"), expandTilde("~b/x", "/h")]).toEqual(["/h", "/h/x", "/a/~", "~b/x"]);
  });
});

describe("config.toml", () => {
  it("refuses a key it doesn't know", () => {
    expect(ConfigFile.safeParse({ nats: { url: "nats://x" } }).success).toBe(true);
    expect(ConfigFile.safeParse({ nats: { ulr: "nats://x" } }).success).toBe(false);
    expect(ConfigFile.safeParse({ natz: {} }).success).toBe(false);
  });
});
