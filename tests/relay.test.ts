// A node that nobody can dial: hub, node and person in networks of their own, of which only the hub's is reached by the others.
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { NodeRecord } from "../shared/src/domain/index.ts";
import { canMakeNetworks, counts, MIDDLE, Networks, waitFor } from "../shared/src/testing/index.ts";
import { NetworkedMachine } from "./machines.ts";
import { Tmux } from "./tmux.ts";

describe.skipIf(!canMakeNetworks())("a node that nobody can dial", () => {
  let networks: Networks;
  let hub: NetworkedMachine;
  let node: NetworkedMachine;
  let person: NetworkedMachine;

  beforeAll(async () => {
    networks = new Networks();
    const [nodeAt, personAt] = [networks.outer(), networks.outer()];
    hub = new NetworkedMachine(networks.middle);
    node = new NetworkedMachine(nodeAt.name, { FLEET_GATEWAY_HOST: nodeAt.address });
    person = new NetworkedMachine(personAt.name);
    await hub.ok("hub", "init", "--host", MIDDLE, "--yes");
    await hub.ok("hub", "up");
    await hub.ok("up", "--name", "hub-box");
    await node.ok("up", "--join", await hub.ok("hub", "token", "--role", "node", "--name", "hidden"));
    await person.ok("join", await hub.ok("hub", "token", "--role", "operator", "--name", "alice"));
    await waitFor("the relay leads to it", async () => (await describeNode()).relay);
  });
  afterAll(async () => {
    for (const one of [person, node, hub]) await one?.[Symbol.asyncDispose]();
    networks?.[Symbol.dispose]();
  });

  const describeNode = () => person.json<NodeRecord>("node", "describe", "hidden");
  const relayPid = () => (JSON.parse(readFileSync(join(hub.home, "state/hub/run/relay.pid"), "utf8")) as { pid: number }).pid;
  const terminal = (command: string) => new Tmux(person.env, `ip netns exec ${person.network} ${command}`);

  /** Kills the relay, and waits for the one that comes in its place to have the node again. */
  async function killRelay(): Promise<void> {
    const before = relayPid();
    process.kill(before, "SIGKILL");
    await waitFor("another relay", () => relayPid() !== before);
  }

  it("is attached to, typed into, shown and exported", async () => {
    await person.ok("launch", "--on", "hidden", "--name", "shell", "--env", "PS1=ready> ", "--", "bash", "--norc");
    using view = terminal(`bash -c 'fleet attach hidden:shell 2>${person.home}/said'`);
    await view.shows(/^ready> ?$/m);
    view.type("echo typed-$((40+2))\n");
    await view.shows(/^typed-42/m);
    view.resize(80, 20);
    view.type("stty size\n");
    await view.shows(/^20 80/m);
    view.keys("C-b", "d");
    await waitFor("it has left", () => readFileSync(join(person.home, "said"), "utf8").includes("detached"));
    expect(readFileSync(join(person.home, "said"), "utf8")).toMatch(/attached to hidden:1 through the relay;/);
    expect(await person.ok("logs", "hidden:shell")).toContain("typed-42");
    expect(await person.ok("screen", "hidden:shell")).toContain("typed-42");
    expect((await person.ok("export", "hidden:shell", "--cast")).split("\n")[0]).toContain('"version":2');
    expect(await describeNode()).toMatchObject({ relay: expect.stringMatching(/^wss:\/\/10\.231\.0\.1:\d+\/v1\/relay\/to\/U/) });
  });

  it("one who reads nothing holds up neither who reads all nor who types", async () => {
    await person.ok("launch", "--on", "hidden", "--name", "flood", "--", "bash", "-c", "head -c 60000000 /dev/zero | tr '\\0' x");
    const stalled = spawn("ip", ["netns", "exec", person.network, "fleet", "logs", "-f", "hidden:flood"], { env: person.env, stdio: ["ignore", "pipe", "ignore"] });
    // Its pipe is never read: soon it reads nothing itself.
    stalled.stdout.pause();
    using view = terminal("fleet attach hidden:shell");
    await view.shows(/^ready> ?$/m);
    const reading = person.run("bash", ["-c", "fleet logs hidden:flood | wc -c"]);
    view.type("echo meanwhile-$((40+2))\n");
    await view.shows(/^meanwhile-42/m);
    await person.ok("wait", "hidden:flood", "--timeout", "60");
    expect(Number((await reading).stdout)).toBeGreaterThan(0);
    expect(Number((await person.run("bash", ["-c", "fleet logs hidden:flood | wc -c"])).stdout)).toBe(60_000_000);
    const resident = Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${relayPid()}/status`, "utf8"))?.[1]);
    expect(resident).toBeLessThan(250_000);
    stalled.kill("SIGKILL");
    view.keys("C-b", "d");
  });

  it("a log that is followed keeps every byte while the relay is killed again and again", async () => {
    const bytes = counts(24, 400) * 1_000_000;
    await person.ok("launch", "--on", "hidden", "--name", "bulk", "--", "bash", "-c", `seq 99999999 | head -c ${bytes}; read done`);
    const reading = person.run("bash", ["-c", "fleet logs -f hidden:bulk | sha256sum"]);
    for (let round = 0; round < counts(2, 20); round++) {
      await new Promise((resolve) => setTimeout(resolve, 500));
      await killRelay();
    }
    await person.ok("send", "hidden:bulk", "over");
    await person.ok("wait", "hidden:bulk", "--timeout", "120");
    expect((await reading).stdout).toBe((await node.run("bash", ["-c", "fleet logs bulk | sha256sum"])).stdout);
  });
});
