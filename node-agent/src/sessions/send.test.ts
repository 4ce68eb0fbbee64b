// What a host answers, or doesn't: a host of an earlier release, and a line that breaks, can't be had from the real one at will.
import { describe, expect, it } from "vitest";
import type { HostInput, HostOp } from "@fleetwire/shared/control";
import { FleetError } from "@fleetwire/shared/errors";
import type { Core } from "./core.ts";
import { send } from "./send.ts";

const ORIGIN = { operation: "operation-0000001", resumed: false };
const input = { session: { id: 1 }, text: "x", enter: true } as Parameters<typeof send>[1];

/** @param answer of the host to each call */
function coreWith(answer: (op: HostOp, at: number) => unknown, lives = true): { core: Core; asked: [HostOp, unknown][] } {
  const asked: [HostOp, unknown][] = [];
  const host = { call: async (op: HostOp, given: HostInput<HostOp>) => answer(op, asked.push([op, given])) };
  const row = { id: 1, epoch: "epoch", state: "running", host_id: "h" };
  const core = { store: { sessions: { get: () => row, all: () => [row] } }, pool: { get: () => host, lives: () => lives }, node: { name: () => "n" } } as unknown as Core;
  return { core, asked };
}

const refuse = (code: "version-skew" | "host-unreachable" | "timeout") => {
  throw new FleetError(code, code);
};

describe("a host of an earlier release", () => {
  const old = (op: HostOp) => (op === "send" ? refuse("version-skew") : { receipt: "written", bytes: 2 });
  it("is typed to as it knows it", async () => {
    const { core, asked } = coreWith(old);
    expect(await send(core, input, ORIGIN)).toEqual({ receipt: "written", bytes: 2, target: "n:1" });
    expect(asked.at(-1)).toEqual(["type", { id: 1, epoch: "epoch", text: "x", enter: true }]);
  });
  it("isn't typed to under a condition that it doesn't know, nor when it may have been before", async () => {
    await expect(send(coreWith(old).core, { ...input, when: "idle" }, ORIGIN)).rejects.toMatchObject({ code: "version-skew" });
    await expect(send(coreWith(old).core, input, { ...ORIGIN, resumed: true })).rejects.toMatchObject({ code: "outcome-unknown" });
  });
});

describe("a line that breaks after the host was asked", () => {
  it("is asked again under the same operation", async () => {
    const { core, asked } = coreWith((_, at) => (at < 3 ? refuse("host-unreachable") : { receipt: "written", bytes: 2 }));
    expect((await send(core, input, ORIGIN)).receipt).toBe("written");
    expect(new Set(asked.map(([, given]) => (given as HostInput<"send">).operation))).toEqual(new Set(["operation-0000001"]));
  });
  it("is an outcome that nobody knows when the host is gone, or there is no operation", async () => {
    await expect(send(coreWith(() => refuse("host-unreachable"), false).core, input, ORIGIN)).rejects.toMatchObject({ code: "outcome-unknown" });
    await expect(send(coreWith(() => refuse("timeout")).core, input, { operation: undefined, resumed: false })).rejects.toMatchObject({ code: "outcome-unknown" });
  });
});
