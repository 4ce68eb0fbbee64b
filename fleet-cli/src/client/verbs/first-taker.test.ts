import { describe, expect, it } from "vitest";
import type { NodeRecord } from "@fleetwire/shared/domain";
import { FleetError, type ErrorCode } from "@fleetwire/shared/errors";
import { place } from "@fleetwire/shared/placement";
import type { CandidatesOptions, FleetClient, Place } from "../types.ts";
import { NODE } from "../../test-fleet.ts";
import { firstTaker } from "./first-taker.ts";

const WISH = { where: [], gpus: { count: 1 } };
const gpu = { name: "g", memoryBytes: 1, free: true };

/** A fleet whose rows say that every node fits, and whose nodes answer as they are told. */
class Fleet {
  readonly asked: string[] = [];
  readonly #nodes: NodeRecord[];
  readonly #answers: (name: string) => ErrorCode | undefined;

  constructor(count: number, answers: (name: string) => ErrorCode | undefined) {
    this.#nodes = Array.from({ length: count }, (_, at) => ({ ...NODE, name: `n${at}` as NodeRecord["name"], load: at, resources: { cpus: 1, memoryBytes: 1, gpus: [gpu] } }));
    this.#answers = answers;
  }

  client(): Pick<FleetClient, "candidates" | "placeOf"> {
    return {
      candidates: (wish, { without = [] }: CandidatesOptions = {}) => Promise.resolve(place(this.#nodes.filter(({ name }) => !without.includes(name)), wish, { limit: 10, random: () => 0 })),
      placeOf: (node) => Promise.resolve({ kind: "fleet", node }),
    };
  }

  launch(): Promise<{ answer: string }> {
    return firstTaker(this.client(), WISH, (to: Place) => {
      const name = to.kind === "fleet" ? to.node.name : "";
      this.asked.push(name);
      const code = this.#answers(name);
      return code === undefined ? Promise.resolve(name) : Promise.reject(new FleetError(code, `${name} says no`));
    });
  }
}

describe("a launch that looks for a node", () => {
  it.each<ErrorCode>(["no-free-gpu", "draining", "no-room", "node-unreachable", "untrusted-caller"])("goes on after a refusal: %s", async (code) => {
    const fleet = new Fleet(3, (name) => (name === "n2" ? undefined : code));
    expect(await fleet.launch()).toMatchObject({ answer: "n2", place: { node: { name: "n2" } } });
    expect(fleet.asked).toEqual(["n0", "n1", "n2"]);
  });

  it.each<ErrorCode>(["outcome-unknown", "timeout", "launch-failed", "command-not-found", "denied", "name-taken", "internal"])("stops where nobody knows whether it runs, or where the next would say the same: %s", async (code) => {
    const fleet = new Fleet(3, () => code);
    await expect(fleet.launch()).rejects.toMatchObject({ code });
    expect(fleet.asked).toEqual(["n0"]);
  });

  it("asks for more candidates when a page has refused, three pages at most, nobody twice", async () => {
    const late = new Fleet(25, (name) => (name === "n24" ? undefined : "no-free-gpu"));
    expect(await late.launch()).toMatchObject({ answer: "n24" });
    const never = new Fleet(45, (name) => (Number(name.slice(1)) % 2 === 0 ? "no-free-gpu" : "no-room"));
    await expect(never.launch()).rejects.toMatchObject({ code: "no-fitting-node", message: "none of 45 nodes fits: no free GPU any more (15), at its limit of sessions (15), not asked after all these (15)" });
    expect(never.asked).toHaveLength(30);
    expect(new Set(never.asked).size).toBe(30);
  });

  it("says what the only node said", async () => {
    await expect(new Fleet(1, () => "draining").launch()).rejects.toMatchObject({ code: "draining", message: "n0 says no" });
    await expect(new Fleet(0, () => undefined).launch()).rejects.toMatchObject({ code: "no-fitting-node", message: "there is no node to choose from" });
    await expect(new Fleet(2, () => "no-free-gpu").launch()).rejects.toMatchObject({ message: "none of 2 nodes fits: no free GPU any more (2)" });
  });
});
