// A session on a machine at the other end of a bad line: 200 ms away, one segment in a hundred lost, cut for seconds, silent.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { BadLink, counts, waitFor } from "../shared/src/testing/index.ts";
import { freePort, machine, Machine, shortTemporaryDirectory } from "./machines.ts";
import { Tmux } from "./tmux.ts";

const PROMPT = "ready>";

describe("a bad line", () => {
  let far: Machine;
  let near: Machine;
  let link: BadLink;

  beforeAll(async () => {
    const [port, linkPort] = [await freePort(), await freePort()];
    // Not on loopback: its own address would be told to the other side, a way around the line.
    far = machine({ FLEET_LISTEN: `0.0.0.0:${port}`, FLEET_EXTERNAL_URL: `ws://127.0.0.1:${linkPort}` });
    near = new Machine(shortTemporaryDirectory());
    await far.ok("up");
    link = await BadLink.open({ host: "127.0.0.1", port }, { port: linkPort, delayMs: 100, lossOneIn: 100, bytesPerSecond: 4_000_000 });
    await far.run("bash", ["-c", "fleet server token create laptop --role operator > token && chmod 600 token"]);
    await near.ok("server", "add", "far", `ws://127.0.0.1:${linkPort}`, "--token-file", `${far.home}/token`);
  });
  afterAll(async () => {
    await link[Symbol.asyncDispose]();
    for (const one of [near, far]) await one[Symbol.asyncDispose]();
  });

  beforeEach(() => {
    link.down = false;
    link.silent = false;
  });

  async function attach(name: string): Promise<Tmux> {
    await far.ok("launch", "--name", name, "--env", `PS1=${PROMPT} `, "--", "bash", "--norc");
    const terminal = new Tmux(near.env, `fleet --server far attach ${name}`);
    try {
      await terminal.shows(new RegExp(`^${PROMPT} ?$`, "m"));
    } catch (error) {
      terminal[Symbol.dispose]();
      throw error;
    }
    return terminal;
  }

  /** What the person sees is what the session shows. */
  async function expectSameScreen(terminal: Tmux, name: string): Promise<void> {
    const shown = (text: string) => text.split("\n").map((line) => line.trimEnd()).join("\n").trim();
    await waitFor("the same screen", async () => shown(terminal.screen()) === shown(await far.ok("screen", name)), 10_000).catch(async () => expect(shown(terminal.screen())).toBe(shown(await far.ok("screen", name))));
  }

  it("is pleasant: typed, resized, cut for seconds, and everything is there once", async () => {
    using terminal = await attach("one");
    terminal.type("echo typed-$((40+2))\n");
    await terminal.shows(/^typed-42/m, 3_000);
    terminal.resize(80, 20);
    terminal.type("stty size\n");
    await terminal.shows(/^20 80/m, 5_000);
    for (let round = 0; round < counts(1, 20); round++) {
      link.down = true;
      terminal.type(`echo blind-$((${round}+100))\n`);
      await terminal.shows(/connection lost/, 6_000);
      await new Promise((resolve) => setTimeout(resolve, 1_500));
      link.down = false;
      await terminal.shows(new RegExp(`^blind-${round + 100}`, "m"), 10_000);
      expect((await far.ok("logs", "one")).match(new RegExp(`^blind-${round + 100}`, "gm"))).toHaveLength(1);
      await expectSameScreen(terminal, "one");
      expect(terminal.screen()).not.toMatch(/connection lost/);
    }
  }, counts(60_000, 400_000));

  it("Ctrl-C ends a flood, and the prompt is back within two seconds", async () => {
    using terminal = await attach("flood");
    for (let round = 0; round < counts(1, 20); round++) {
      terminal.type("clear; yes flood-flood-flood\n");
      await terminal.shows(/(flood-flood-flood\n){5}/);
      await new Promise((resolve) => setTimeout(resolve, 2_000));
      const from = performance.now();
      terminal.keys("C-c");
      await terminal.shows(new RegExp(`\\n(\\^C)?\\n?${PROMPT}\\s*$`), 20_000);
      expect(performance.now() - from, "ms").toBeLessThan(2_000);
    }
    await expectSameScreen(terminal, "flood");
  }, counts(60_000, 400_000));

  it("a line that swallows everything is noticed when something is typed, and resumed", async () => {
    using terminal = await attach("silent");
    link.silent = true;
    terminal.type("echo once-$((1+1))\n");
    await terminal.shows(/connection lost/, 15_000);
    link.silent = false;
    await terminal.shows(/^once-2/m, 15_000);
    expect((await far.ok("logs", "silent")).match(/^once-2/gm)).toHaveLength(1);
    await expectSameScreen(terminal, "silent");
  }, 60_000);
});
