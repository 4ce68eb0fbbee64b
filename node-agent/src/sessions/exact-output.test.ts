// D5 across agents: what a program prints while its node agent is killed and comes back is in its log, byte for byte.
import { createHash, randomBytes } from "node:crypto";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { waitFor } from "@fleetwire/shared/testing";
import { bundleAgent, TestAgent } from "../test-agent.ts";

it("three agents in a row: one log", async () => {
  using bundle = await bundleAgent();
  await using a = await new TestAgent(bundle.program).start();
  const parts = Array.from({ length: 3 }, () => randomBytes(3_000_000));
  for (const [n, part] of parts.entries()) writeFileSync(join(a.home, `part${n}`), part);
  const go = (n: number) => join(a.home, `go${n}`);
  const script = `stty raw -echo; cd '${a.home}'; for n in 0 1 2; do while [ ! -e go$n ]; do sleep 0.05; done; cat part$n; done`;
  const { id } = await a.ask("session-launch", { command: ["sh", "-c", script], cwd: "/" });
  const directory = join(a.home, "state/sessions", String(id));
  const logged = () => Buffer.concat(readdirSync(directory).filter((name) => name.endsWith(".log")).toSorted().map((name) => readFileSync(join(directory, name))));
  for (const n of parts.keys()) {
    writeFileSync(go(n), "");
    // In the middle of the output.
    await waitFor("some of it", () => logged().length > n * 3_000_000);
    if (n < 2) {
      await a.end("SIGKILL");
      await a.start();
    }
  }
  await waitFor("the end", async () => (await a.ask("session-get", { session: { id } })).session.state === "exited");
  const whole = Buffer.concat(parts);
  await waitFor("all of it", () => logged().length >= whole.length);
  expect(createHash("sha256").update(logged()).digest("hex")).toBe(createHash("sha256").update(whole).digest("hex"));
  expect((await a.ask("session-get", { session: { id } })).session.outputBytes).toBe(whole.length);
  expect(existsSync(directory)).toBe(true);
}, 40_000);
