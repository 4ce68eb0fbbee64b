import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { counts } from "@fleetwire/shared/testing";
import { doingOf, learn, type Fact, type Finding, type Known } from "./known.ts";
import { howTyped } from "./typed.ts";

let seq = 0;
const reported = (state: Extract<Fact, { fact: "reported" }>["state"], more: { reason?: string; soft?: boolean; seq?: number; message?: string } = {}): Fact => ({ fact: "reported", state, seq: ++seq, ...more });
const signalled = (state: Extract<Fact, { fact: "signalled" }>["state"], reason?: string): Fact => ({ fact: "signalled", state, reason, by: "notification" });
const quiet = (finding?: Finding, long = true): Fact => ({ fact: "quiet", finding, long });
const prompt = (mark: string): Fact => ({ fact: "prompt", mark });
const typed = (how: "text" | "move" | "stop"): Fact => ({ fact: "typed", how });
const printed: Fact = { fact: "printed" };
const question: Finding = { kind: "question", program: "sudo" };
const waits: Finding = { kind: "waits", program: "vim" };
const silence: Finding = { kind: "silence" };
const onScreen: Finding = { kind: "rule", rule: "x-permission", state: "blocked", reason: "permission" };
const shown = (facts: readonly Fact[]) => {
  const { state, reason, evidence } = doingOf(facts.reduce(learn, {} as Known));
  return [state, reason, evidence].filter((part) => part !== undefined).join(", ");
};

const TABLE: readonly (readonly [string, string, readonly Fact[]])[] = [
  ["nothing seen yet", "unknown", []],
  ["output", "working, output", [printed]],
  ["a pause between two words", "working, output", [printed, quiet(undefined, false)]],
  ["silence", "idle, silence", [printed, quiet(silence)]],
  ["waiting for keys", "idle, vim waits for input", [printed, quiet(waits)]],
  ["a line is read", "blocked, input, sudo waits for a line", [printed, quiet(question, false)]],
  ["a redrawn question", "blocked, input, sudo waits for a line", [printed, quiet(question, false), printed]],
  ["it went on by itself", "working, output", [printed, quiet(question), printed, { fact: "flowing" }]],
  ["an answered question", "working, input", [printed, quiet(question), typed("text")]],
  ["an arrow answers nothing", "blocked, input, sudo waits for a line", [printed, quiet(question), typed("move")]],
  ["typing where it rests", "idle, vim waits for input", [printed, quiet(waits), typed("text")]],
  ["a rule for the screen", "blocked, permission, rule x-permission", [printed, quiet(onScreen, false)]],

  ["a report stands in silence", "working, report", [reported("working"), quiet(waits), quiet(silence)]],
  ["a report stands against the screen", "working, report", [reported("working"), quiet(onScreen)]],
  ["a report stands against what the terminal is told", "blocked, permission, report", [reported("blocked", { reason: "permission" }), signalled("done"), printed]],
  ["a report stands against the shell's marks", "blocked, report", [reported("blocked"), prompt("D"), prompt("A"), printed]],
  ["who reads a line doesn't work", "blocked, input, sudo waits for a line", [reported("working"), quiet(question)]],
  ["an agent that rests at its line is no question", "idle, report", [reported("idle"), quiet(question)]],
  ["a late report isn't taken", "blocked, report", [reported("blocked", { seq: 1_000_000 }), reported("done", { seq: 999_999 })]],
  ["a report that says nothing new", "blocked, question, report", [reported("blocked", { reason: "question" }), reported("idle", { soft: true })]],
  ["finished stays unseen when it says that it rests", "done, report", [reported("done"), reported("idle", { soft: true })]],
  ["one of several tools begins while another one asks", "blocked, report", [reported("blocked"), reported("working", { soft: true })]],
  ["it goes on by itself after it has finished", "working, report", [reported("done"), reported("working", { soft: true })]],
  ["it rests after work", "idle, report", [reported("working"), reported("idle", { soft: true })]],
  ["unknown takes back what was said", "working, output", [reported("blocked"), reported("unknown"), printed]],
  ["typing while blocked", "working, input", [reported("blocked"), typed("text")]],
  ["…and then nothing for long: perhaps it still is", "unknown, input since it was blocked", [reported("blocked"), typed("text"), printed, quiet(waits)]],
  ["…and then its next report", "working, report", [reported("blocked"), typed("text"), quiet(waits), reported("working")]],
  ["Escape while it works: it won't say that it stopped", "idle, vim waits for input", [reported("working"), typed("stop"), printed, quiet(waits)]],
  ["text while it works is for later", "working, report", [reported("working"), typed("text"), quiet(waits)]],

  ["finished", "done, report", [reported("working"), reported("done"), printed, quiet(waits)]],
  ["finished, and somebody looked", "idle, report", [reported("done"), { fact: "looked" }]],
  ["finished, and somebody typed", "idle, report", [reported("done"), typed("move")]],
  ["finished, and it went on", "working, output", [reported("done"), printed, { fact: "sustained" }]],
  ["looking changes nothing else", "blocked, report", [reported("blocked"), { fact: "looked" }]],
  ["looking at work", "working, report", [reported("working"), { fact: "looked" }]],
  ["a redrawn status line is no question answered", "blocked, report", [reported("blocked"), printed, { fact: "flowing" }, { fact: "sustained" }]],
  ["the program that spoke is gone", "idle, bash waits for input", [reported("blocked"), { fact: "gone" }, quiet({ kind: "waits", program: "bash" })]],
  ["what it finished is still unseen", "done, report", [reported("done"), { fact: "gone" }, quiet(waits)]],

  ["a notification asks", "blocked, permission, notification", [signalled("blocked", "permission"), printed, quiet(waits)]],
  ["a title falls back while a question stands", "blocked, notification", [signalled("blocked"), signalled("idle")]],
  ["a title says rest, the screen asks", "blocked, permission, rule x-permission", [signalled("idle"), quiet(onScreen)]],
  ["a title says work, a line is read", "blocked, input, sudo waits for a line", [signalled("working"), quiet(question)]],
  ["a notification that it is done", "done, notification", [signalled("working"), signalled("done"), quiet(waits)]],

  ["a command runs in silence", "working, osc133", [prompt("C"), quiet(silence)]],
  ["a command asks", "blocked, input, sudo waits for a line", [prompt("C"), quiet(question)]],
  ["at the prompt", "idle, osc133", [prompt("C"), prompt("D"), prompt("A")]],
  ["typing at the prompt", "idle, osc133", [prompt("C"), prompt("D"), typed("text"), printed]],
  ["what a command told its terminal ends with it", "idle, osc133", [prompt("C"), signalled("blocked"), prompt("D")]],
  ["the shell reports that a command is done", "done, report", [prompt("C"), prompt("D"), reported("done"), prompt("A")]],
  ["…and runs the next one", "working, osc133", [prompt("C"), prompt("D"), reported("done"), prompt("A"), typed("text"), prompt("C")]],
  ["a bar that moves", "working, progress", [{ fact: "progress", busy: true }, quiet(silence)]],
  ["a bar that is gone", "idle, silence", [{ fact: "progress", busy: true }, { fact: "progress", busy: false }, quiet(silence)]],
];

describe("what a program does", () => {
  it.each(TABLE)("%s: %s", (_what, expected, facts) => {
    expect(shown(facts)).toBe(expected);
  });

  // What may happen around a question that nobody has answered.
  const finding = fc.constantFrom<Finding | undefined>(undefined, waits, silence, question, onScreen);
  const noise = fc.oneof(
    fc.constantFrom<Fact>(printed, { fact: "flowing" }, { fact: "sustained" }, { fact: "looked" }, typed("move"), { fact: "progress", busy: true }, { fact: "progress", busy: false }),
    fc.record({ fact: fc.constant("quiet" as const), finding, long: fc.boolean() }),
    fc.record({ fact: fc.constant("reported" as const), state: fc.constantFrom("working", "done", "idle", "blocked"), seq: fc.integer({ min: -100, max: 0 }) }) as fc.Arbitrary<Fact>,
    fc.constant(0).map(() => reported("idle", { soft: true })),
  );
  const past = fc.array(fc.oneof(noise, fc.constantFrom<Fact>(signalled("working"), signalled("done"), signalled("blocked"), prompt("A"), prompt("C"), prompt("D"), typed("text"), typed("stop"), { fact: "gone" })));
  const told = fc.constantFrom<Fact>(signalled("working"), signalled("done"), signalled("idle"), prompt("A"), prompt("B"), prompt("C"), prompt("D"));
  const runs = { numRuns: counts(2_000, 50_000) };

  it("is blocked from the report of it to what follows it, whatever else is seen", () => {
    fc.assert(fc.property(past, fc.array(fc.oneof(noise, told)), (before, around) => {
      const facts = [...before, reported("blocked", { reason: "permission" }), ...around];
      expect(shown(facts)).toBe("blocked, permission, report");
    }), runs);
  });

  it("is never idle or done after keys that may not have answered the question", () => {
    fc.assert(fc.property(past, fc.array(fc.oneof(noise, fc.constantFrom<Fact>(typed("text"), typed("stop")))), (before, around) => {
      // Without the marks of a shell: at its prompt nothing can be blocked.
      const facts = [...before.filter(({ fact }) => fact !== "prompt"), reported("blocked"), typed("text"), ...around.filter((fact) => !(fact.fact === "reported" && fact.soft === true))];
      expect(["blocked", "working", "unknown"]).toContain(shown(facts).split(",")[0]);
    }), runs);
  });

  it("is never idle or done while a line is read that nothing better is known of", () => {
    fc.assert(fc.property(fc.array(fc.constantFrom<Fact>(printed, { fact: "sustained" }, { fact: "looked" }, typed("move"), signalled("working"), signalled("idle"), signalled("done"), quiet(question), quiet(question, false))), (around) => {
      expect(shown([quiet(question), ...around])).toMatch(/^blocked/);
    }), runs);
  });
});

it("typing is text, moving about, or stopping something", () => {
  const how = (text: string) => howTyped(Buffer.from(text));
  expect(["y", "\r", "1", "\u001b[200~two\rlines\u001b[201~", "\u001b[13u", " "].map(how)).toEqual(Array(6).fill("text"));
  expect(["\u001b[A", "\u001bOB", "\u001b[<0;10;5M\u001b[<0;10;5m", "\u001b[I", "\u001b[M !!", "\t", "\u001b[Z", "\u001b[?62;22c", "\u001b]11;rgb:0/0/0\u0007"].map(how)).toEqual(Array(9).fill("move"));
  expect(["\u001b", "\u0003", "\u001b[27u", "\u001b[99;5u"].map(how)).toEqual(Array(4).fill("stop"));
});
