import { FleetError } from "@fleetwire/shared/errors";
import { expect, it } from "vitest";
import { broadcast } from "./broadcast.ts";

const aims = Array.from({ length: 100 }, (_, at) => ({ target: `n${at}:1`, node: `n${at}`, at }));

it("is done to all, at most 32 at a time, in their order, whatever fails", async () => {
  let [now, most] = [0, 0];
  const came = await broadcast(aims, async ({ at }) => {
    most = Math.max(most, ++now);
    await new Promise((resolve) => setTimeout(resolve, (100 - at) % 7));
    now--;
    if (at % 10 === 3) throw new FleetError("node-unreachable", `n${at} is not connected`);
    return at;
  });
  expect(most).toBe(32);
  expect(came.map(({ target }) => target)).toEqual(aims.map(({ target }) => target));
  expect(came.filter(({ error }) => error !== undefined).map(({ node }) => node)).toEqual(["n3", "n13", "n23", "n33", "n43", "n53", "n63", "n73", "n83", "n93"]);
  expect(came[42]).toEqual({ target: "n42:1", node: "n42", result: 42 });
});

it("a bug is no outcome, and neither is an interruption", async () => {
  await expect(broadcast(aims, () => Promise.reject(new TypeError("a bug")))).rejects.toThrow("a bug");
  await expect(broadcast(aims, () => Promise.reject(new FleetError("cancelled", "interrupted")))).rejects.toMatchObject({ code: "cancelled" });
});
