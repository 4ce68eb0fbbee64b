// A stream through the relay while the relay is killed: every byte once, both ways.
import { execFileSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openStream } from "../fleet-cli/src/client/stream/index.ts";
import { bundleAgent, TestAgent } from "../node-agent/src/test-agent.ts";
import type { AttachAddress, AttachAnswer } from "../shared/src/bus/index.ts";
import { counts, waitFor } from "../shared/src/testing/index.ts";
import { createAttachKey } from "../shared/src/wire/index.ts";
import { freePort } from "./machines.ts";

const sha = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

describe("a stream through a relay that is killed", () => {
  let bundle: Awaited<ReturnType<typeof bundleAgent>>;
  let hub: TestAgent;
  let node: TestAgent;
  let address: AttachAddress;

  beforeAll(async () => {
    bundle = await bundleAgent();
    const [a, b, c, d, e] = await Promise.all(Array.from({ length: 5 }, freePort));
    hub = await new TestAgent(bundle.program, { FLEET_NODE_NAME: "middle", FLEET_LISTEN: `127.0.0.1:${a}`, FLEET_GATEWAY_PORT: String(b) }).start();
    await hub.ask("hub-init", { host: "localhost", natsPort: c });
    await hub.ask("hub-up");
    node = await new TestAgent(bundle.program, { FLEET_NODE_NAME: "far", FLEET_LISTEN: `127.0.0.1:${d}`, FLEET_GATEWAY_PORT: String(e) }).start();
    await node.ask("node-join", { token: (await hub.ask("hub-token", { role: "node", name: "far" })).token });
    const url = await waitFor("the relay's way to it", async () => (await node.ask("node-get")).relay ?? undefined, 30_000);
    address = { kind: "url", via: "relay", url, ca: readFileSync(join(hub.home, "state/hub/ca/ca.crt"), "utf8") };
  });
  afterAll(async () => {
    await node?.[Symbol.asyncDispose]();
    await hub?.ask("hub-down");
    await hub?.[Symbol.asyncDispose]();
    bundle[Symbol.dispose]();
  });

  const relayPid = () => (JSON.parse(readFileSync(join(hub.home, "state/hub/run/relay.pid"), "utf8")) as { pid: number }).pid;

  it("types and prints every byte once", async () => {
    const typed = randomBytes(counts(4, 64) * 1_000_000);
    const lines = counts(3_000_000, 40_000_000);
    const got = join(node.home, "got");
    const script = `stty raw -echo; echo; (head -c ${typed.length} | sha256sum > ${got}.new; mv ${got}.new ${got}) & seq ${lines}; wait`;
    // What runs in the background of a shell reads from nothing unless it is told otherwise.
    const { id } = await node.ask("session-launch", { command: ["bash", "-c", script.replace("(head", "(exec < /dev/tty; head")], cwd: "/" });
    const grant = async () => {
      const clientKey = createAttachKey();
      const answer = (await node.ask("session-attach", { session: { id }, clientKey: clientKey.publicKey })) as AttachAnswer;
      return { answer: { ...answer, addresses: [address] }, clientKey };
    };
    const cuts = { lost: 0, resumed: 0 };
    const stream = await openStream({ ...(await grant()), renew: grant, want: { kind: "attach", mode: "lossless", from: 0 } });
    const printed: Buffer[] = [];
    let over = false;
    const reading = (async () => {
      for await (const event of stream) {
        if (event.kind === "output") printed.push(event.bytes);
        else if (event.kind === "connection") cuts[event.state]++;
      }
      over = true;
    })();
    const killing = (async () => {
      for (let round = 0; round < counts(3, 30) && !over; round++) {
        await sleep(300);
        const before = relayPid();
        process.kill(before, "SIGKILL");
        await waitFor("another relay", () => relayPid() !== before, 30_000);
      }
    })();
    for (let at = 0; at < typed.length; at += 20_000) await stream.write(typed.subarray(at, at + 20_000));
    await killing;
    await reading;
    await waitFor("all was typed", () => existsSync(got));
    expect(readFileSync(got, "utf8").slice(0, 64)).toBe(sha(typed));
    const expected = execFileSync("seq", [String(lines)], { maxBuffer: 2 ** 30 });
    const output = Buffer.concat(printed);
    expect(sha(output.subarray(output.indexOf("1\n2\n")))).toBe(sha(expected));
    expect(cuts.resumed).toBeGreaterThan(0);
  }, 300_000);
});
