// `fleet msg` as sessions, people and jobs type it: a hub, two nodes, and machines without one.
import { spawn } from "node:child_process";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { MessageRecord } from "../shared/src/bus/index.ts";
import type { SessionRecord } from "../shared/src/domain/index.ts";
import { waitFor } from "../shared/src/testing/index.ts";
import { bringUp, type Machine, machine } from "./machines.ts";

let a: Machine;
let b: Machine;
let operator: Machine;
let viewer: Machine;
let job: Machine;

beforeAll(async () => {
  [a, b, operator, viewer, job] = [machine(), machine(), machine(), machine(), machine()];
  await bringUp(a, "alpha", { beta: b });
  await operator.ok("join", await a.ok("hub", "token", "--role", "operator", "--name", "ann"));
  await viewer.ok("join", await a.ok("hub", "token", "--role", "viewer", "--name", "vic"));
  await job.ok("join", await a.ok("hub", "token", "--role", "ci", "--name", "nightly"));
  await a.ok("launch", "--name", "writer", "--", "bash", "--norc");
  await b.ok("launch", "--name", "reviewer", "--", "bash", "--norc");
}, 120_000);
afterAll(async () => {
  for (const one of [b, operator, viewer, job, a]) await one[Symbol.asyncDispose]();
}, 60_000);

const inbox = (at: Machine, ...args: string[]) => at.json<MessageRecord[]>("msg", "inbox", ...args);
const id = (at: Machine, ...args: string[]) => at.ok("msg", ...args, "--quiet");

describe("inside a session", () => {
  it("no flag is needed: its own identity, its own inbox, request and reply across nodes", async () => {
    await b.ok("send", "reviewer", 'while read -r line < <(fleet msg listen --quiet --for 60s); do fleet msg reply "$line" "seen by $FLEET_SESSION"; done');
    await a.ok("send", "writer", "fleet msg request beta:reviewer 'please look' --timeout 60s");
    await waitFor("the answer is on the writer's screen", async () => /^seen by 1$/m.test(await a.ok("screen", "writer")), 30_000);
    const [request] = await inbox(b, "--session", "reviewer");
    expect(request).toMatchObject({ text: "please look", wantsReply: true, from: { address: "alpha:1", node: "alpha", session: { name: "writer" } } });
    expect(await a.json("msg", "status", request?.id ?? "")).toMatchObject({ state: "read", to: "beta:reviewer" });
    await b.ok("send", "reviewer", "--keys", "C-c");
  });

  it("what it is sent shows in the lists, and is typed only when that is said", async () => {
    await a.ok("launch", "--name", "quiet", "--", "cat");
    await a.ok("msg", "send", "quiet", "first");
    expect((await a.json<SessionRecord[]>("ls")).find(({ name }) => name === "quiet")?.unread).toBe(1);
    expect(await a.ok("ls")).toMatch(/UNREAD/);
    expect(await a.json("msg", "send", "quiet", "typed as well", "--type")).toMatchObject({ state: "delivered", typed: { receipt: "written" } });
    await waitFor("it is typed", async () => /typed as well/.test(await a.ok("screen", "quiet")));
    expect(await a.ok("screen", "quiet")).not.toMatch(/first/);
    expect(await a.ok("status", "quiet")).toMatch(/unread +2 messages/);
    // Likewise of another node, as the registry heard it.
    const { id: there } = await a.json<{ id: string }>("msg", "send", "beta:reviewer", "secret words", "--subject", "a subject");
    await waitFor("the fleet's list says so", async () => ((await a.json<SessionRecord[]>("ls", "--node", "beta")).find(({ name }) => name === "reviewer")?.unread ?? 0) > 0);
    const events = await waitFor("the fleet's events say so", async () => {
      const text = await viewer.ok("events", "--kind", "message-received", "--session", "beta:reviewer", "--json");
      return text.includes(there) ? text : undefined;
    });
    expect(events).toMatch(/"subject":"a subject"/);
    expect(events).not.toMatch(/secret words/);
  });
});

describe("people", () => {
  it("read what is theirs once; nothing in it acts on their terminal", async () => {
    await a.ok("msg", "send", "@beta", "\u001b]0;evil\u0007\u001b[31mred\nsecond line", "--subject", "dis\u0007k");
    const shown = await b.ok("msg", "inbox", "--unread");
    // eslint-disable-next-line no-control-regex -- that there is none is the point
    expect(shown).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/);
    expect(shown).toMatch(/@alpha .*dis\\x07k\n {2}\\e\]0;evil/);
    expect(await inbox(b, "--unread")).toEqual([]);
    expect((await inbox(b, "--from", "@alpha")).at(-1)).toMatchObject({ text: "\u001b]0;evil\u0007\u001b[31mred\nsecond line" });
  });

  it("listen goes on where it stopped, also when the node's agent is restarted meanwhile", async () => {
    const heard: MessageRecord[] = [];
    const child = spawn("fleet", ["msg", "listen", "--json"], { env: b.env, stdio: ["ignore", "pipe", "inherit"] });
    let text = "";
    child.stdout.on("data", (chunk: Buffer) => {
      text += chunk.toString();
      const lines = text.split("\n");
      text = lines.pop() ?? "";
      heard.push(...lines.map((line) => JSON.parse(line) as MessageRecord));
    });
    const ended = new Promise((resolve) => child.once("close", resolve));
    await a.ok("msg", "send", "@beta", "one");
    await waitFor("it is heard", () => heard.length === 1);
    const { pid } = await b.json<{ pid: number }>("up");
    process.kill(pid, "SIGKILL");
    await a.ok("msg", "send", "@beta", "two");
    await waitFor("it is heard after that", () => heard.length === 2, 30_000);
    child.kill("SIGINT");
    expect(await ended).toBe(130);
    await a.ok("msg", "send", "@beta", "three");
    await waitFor("the next one goes on", async () => /three/.test(await b.ok("msg", "listen", "--for", "1s")), 20_000);
    expect(heard.map((message) => message.text)).toEqual(["one", "two"]);
    expect(await b.ok("msg", "listen", "--for", "0s")).toBe("");
  });

  it("hear within a time, or learn that a late answer will be in the inbox", async () => {
    const { code, stderr } = await a.fleet("msg", "request", "beta:reviewer", "anybody?", "--timeout", "300ms");
    expect({ code, stderr }).toMatchObject({ code: 124, stderr: expect.stringMatching(/no answer.*\n.*a late answer will be in the inbox/s) as string });
    const [asked] = (await inbox(b, "--session", "reviewer", "--unread")).slice(-1);
    await b.ok("send", "reviewer", `fleet msg reply ${asked?.id ?? ""} late`);
    await waitFor("it is", async () => (await inbox(a, "--keep")).some(({ text, replyTo }) => text === "late" && replyTo === asked?.id), 20_000);
  });

  it("send what a file or standard input has; what is no text, or too long, is refused", async () => {
    expect((await a.run("fleet", ["msg", "send", "@", "--stdin"], { input: "from\nstdin\n" })).code).toBe(0);
    expect((await inbox(a)).at(-1)?.text).toBe("from\nstdin\n");
    const refused = [
      [["@", "--stdin"], "\u0000".repeat(60_000), "bad-input"],
      [["@", "--stdin"], "x".repeat(65_537), "too-large"],
      [["@", "text", "--stdin"], "", "usage"],
      [["@", "x", "--subject", "y".repeat(201)], "", "bad-name"],
      [["@Bad", "x"], "", "bad-target"],
    ] as const;
    for (const [args, input, expected] of refused) {
      const { code, stderr } = await a.run("fleet", ["msg", "send", ...args, "--json"], { input });
      expect({ code, error: (JSON.parse(stderr) as { error: { code: string } }).error.code }, args.join(" ").slice(0, 40)).toEqual({ code: 2, error: expected });
    }
    expect(await a.fleet("msg", "status", "aaaaaaaaaaaa")).toMatchObject({ code: 1 });
    expect(await a.fleet("msg", "status", "nonsense")).toMatchObject({ code: 2 });
  });
});

describe("roles", () => {
  it("an operator without a node sends straight to the recipient's, as what the credential says", async () => {
    const sent = await id(operator, "send", "beta:reviewer", "from ann");
    const got = (await inbox(b, "--session", "reviewer")).find((message) => message.id === sent);
    expect(got?.from).toMatchObject({ address: "ann", role: "operator" });
    expect(got?.from.node).toBeUndefined();
    await b.ok("send", "reviewer", `fleet msg reply ${sent} 'hello ann'`);
    await waitFor("the answer is in ann's mailbox there", async () => (await inbox(operator, "--node", "beta", "--keep")).some(({ text }) => text === "hello ann"), 20_000);
    // On its own machine it has one more, and where there is no node at all it has to say which.
    expect(await inbox(operator)).toEqual([]);
    expect(await operator.fleet("msg", "inbox", "--remote")).toMatchObject({ code: 2, stderr: expect.stringMatching(/--node/) as string });
  });

  it("a viewer sends nothing and reads nothing; a job reaches what it launched, and nothing else", async () => {
    expect((await viewer.fleet("msg", "send", "beta:reviewer", "x")).stderr).toMatch(/denied|may not|not allowed|permission/i);
    expect((await viewer.fleet("msg", "inbox", "--node", "beta")).code).toBe(1);
    const refused = await job.fleet("msg", "send", "beta:reviewer", "x", "--json");
    expect({ code: refused.code, error: (JSON.parse(refused.stderr) as { error: { code: string } }).error.code }).toEqual({ code: 1, error: "denied" });
    const own = (await job.ok("launch", "--on", "beta", "--", "bash", "--norc")).split("\n").at(-1) ?? "";
    expect(await job.json("msg", "send", own, "yours")).toMatchObject({ state: "delivered", to: own });
    expect((await inbox(b, "--session", own)).at(-1)?.from).toMatchObject({ address: "nightly", role: "ci" });
    expect((await job.fleet("msg", "inbox", "--session", "beta:reviewer")).code).toBe(1);
    expect(await inbox(job, "--session", own)).toMatchObject([{ text: "yours" }]);
  });

  it("a node that is away: a machine with a node keeps the message, one without says that it can't", async () => {
    await b.ok("down");
    expect(await a.json("msg", "send", "beta:reviewer", "wait for me")).toMatchObject({ state: "queued", to: "beta:reviewer", reason: expect.stringMatching(/beta/) as string });
    expect(await a.json("msg", "status")).toMatchObject([{ from: "@alpha", to: "beta:reviewer" }]);
    const refused = await operator.fleet("msg", "send", "beta:reviewer", "x");
    expect(refused).toMatchObject({ code: 125, stderr: expect.stringMatching(/no node that could keep/) as string });
    await b.ok("up");
    await waitFor("nothing waits", async () => (await a.json<unknown[]>("msg", "status")).length === 0, 20_000);
    await waitFor("it is there", async () => (await inbox(b, "--session", "reviewer")).filter(({ text }) => text === "wait for me").length === 1, 20_000);
  });
});
