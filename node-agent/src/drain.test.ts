// What a drain promised comes, whoever has gone away meanwhile.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { waitFor } from "@fleetwire/shared/testing";
import { bundleAgent, TestAgent } from "./test-agent.ts";

const sh = (script: string, more: object = {}) => ({ command: ["sh", "-c", script], cwd: "/", ...more });

describe("draining", () => {
  let bundle: Awaited<ReturnType<typeof bundleAgent>>;
  beforeAll(async () => void (bundle = await bundleAgent()));
  afterAll(() => bundle[Symbol.dispose]());

  it("the deadline's end comes from the node, also after its agent was killed; without it nothing is ended", async () => {
    await using agent = await new TestAgent(bundle.program).start();
    const stubborn = await agent.ask("session-launch", sh("trap '' TERM HUP; while :; do sleep 1; done"));
    expect((await agent.ask("node-drain", { draining: true, deadlineMs: 0, message: "new disk" })).drain).toMatchObject({ message: "new disk", killAfter: false });
    // Long enough for a look at the deadline.
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect((await agent.ask("session-get", { session: { id: stubborn.id } })).session.state).toBe("running");

    const first = (await agent.ask("node-get")).drain?.since;
    const { drain } = await agent.ask("node-drain", { draining: true, deadlineMs: 2_500, killAfter: true, graceMs: 100 });
    expect(drain).toMatchObject({ since: first, killAfter: true });
    expect(drain).not.toHaveProperty("graceMs");
    await agent.end("SIGKILL");
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    await agent.start();
    await waitFor("it is ended", async () => (await agent.ask("session-get", { session: { id: stubborn.id } })).session.state === "killed", 20_000);
    await waitFor("that is written down", async () => (await agent.ask("node-get")).drain?.killedAt !== undefined);

    expect(await agent.ask("node-drain", { draining: false })).toMatchObject({ draining: false });
    const fresh = await agent.ask("session-launch", sh("sleep 1000"));
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect((await agent.ask("session-get", { session: { id: fresh.id } })).session.state).toBe("running");
  }, 60_000);

  it("a restart policy waits until the drain is over, and an end needs a deadline", async () => {
    await using agent = await new TestAgent(bundle.program).start();
    const { id } = await agent.ask("session-launch", sh("sleep 1", { restart: "always" }));
    await agent.ask("node-drain", { draining: true });
    await waitFor("it ends", async () => (await agent.ask("session-get", { session: { id } })).session.state === "exited");
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    expect((await agent.ask("session-get", { session: { id } })).session.state).toBe("exited");
    await agent.ask("node-drain", { draining: false });
    await waitFor("it is begun again", async () => (await agent.ask("session-get", { session: { id } })).session.state === "running", 15_000);
    for (const wrong of [{ draining: true, killAfter: true }, { draining: false, deadlineMs: 1_000 }]) await expect(agent.ask("node-drain", wrong)).rejects.toMatchObject({ code: "bad-input" });
  }, 60_000);
});
