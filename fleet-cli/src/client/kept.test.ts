import { expect, it } from "vitest";
import { Kept } from "./kept.ts";

class Connection implements AsyncDisposable {
  open = true;
  async [Symbol.asyncDispose](): Promise<void> {
    this.open = false;
  }
}

it("is made once for all who ask at the same time, and anew when it has ended", async () => {
  let count = 0;
  const kept = new Kept(
    async () => (count++, new Connection()),
    ({ open }) => open,
  );
  const [first, same] = await Promise.all([kept.get(), kept.get()]);
  expect(first).toBe(same);
  if (first !== undefined) first.open = false;
  expect(await kept.get()).not.toBe(first);
  expect(count).toBe(2);
});

it("a failure is told to those who waited for it, and the next one tries again", async () => {
  const outcomes = [new Error("away"), undefined, new Connection()];
  const kept = new Kept(async () => {
    const outcome = outcomes.shift();
    if (outcome instanceof Error) throw outcome;
    return outcome;
  });
  const both = await Promise.allSettled([kept.get(), kept.get()]);
  expect(both.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  expect(await kept.get()).toBeUndefined();
  expect(await kept.get()).toBeInstanceOf(Connection);
});

it("ends what it made, also what is still being made", async () => {
  const connection = new Connection();
  const kept = new Kept(async () => connection);
  void kept.get();
  await kept[Symbol.asyncDispose]();
  expect(connection.open).toBe(false);
});
