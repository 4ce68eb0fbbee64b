import { setTimeout as sleep } from "node:timers/promises";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { counts, waitFor } from "@fleetwire/shared/testing";
import type { Size } from "@fleetwire/shared/control";
import { randomOutputToResize } from "../testing/random-output.ts";
import { TestHost, type Spawned } from "../testing/test-host.ts";
import type { TestClient } from "../testing/test-client.ts";
import { SCROLLBACK } from "./emulator.ts";
import { expectSameScreens } from "../testing/witness.ts";

const SIZE = { cols: 40, rows: 10 };
/** More than the screen worker keeps emulators for: some are put aside and taken up again. */
const SESSIONS = 20;

type Step = { readonly do: "print"; readonly bytes: Buffer } | { readonly do: "resize"; readonly cols: number; readonly rows: number } | { readonly do: "join" | "crash" };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: randomOutputToResize(40).map((bytes) => ({ do: "print" as const, bytes })) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("resize" as const), cols: fc.integer({ min: 2, max: 90 }), rows: fc.integer({ min: 2, max: 30 }) }) },
  { weight: 4, arbitrary: fc.constant({ do: "join" as const }) },
  { weight: 1, arbitrary: fc.constant({ do: "crash" as const }) },
);

describe("through the whole host, at random (D2)", () => {
  it("who joins sees what a terminal shows that saw every byte", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(step, { minLength: 3, maxLength: 12 }), { minLength: SESSIONS, maxLength: SESSIONS }), async (plans) => {
        await using host = await TestHost.start();
        await Promise.all(plans.map((plan) => play(host, plan)));
      }),
      { numRuns: counts(3, 400), endOnFailure: true },
    );
  }, counts(60_000, 3_600_000));
});

/** Again when the screen worker was ended under its picture. */
async function join(host: TestHost, session: Spawned, size?: Size): Promise<TestClient> {
  for (;;) {
    const viewer = await host.attach(session, { scrollback: SCROLLBACK, ...(size === undefined ? {} : { size }) });
    const drawn = await waitFor("a picture or its refusal", () => viewer.last("snapshot") ?? viewer.last("error"));
    if (drawn.type === "snapshot") return viewer;
    expect(drawn.message).toBe("a fault of the host");
  }
}

async function play(host: TestHost, plan: readonly Step[]): Promise<void> {
  const session = await host.spawn("stty raw -echo; printf R; exec cat", { size: SIZE });
  const driver = await join(host, session, SIZE);
  await waitFor("the program", async () => (await host.get(session)).offset === 1);
  const joined: Promise<TestClient>[] = [];
  let typed = 0;
  for (const one of plan) {
    if (one.do === "print") driver.type(typed, one.bytes);
    if (one.do === "print") typed += one.bytes.length;
    else if (one.do === "resize") driver.say({ type: "resize", cols: one.cols, rows: one.rows });
    else if (one.do === "crash") await host.crashScreens();
    else if (one.do === "join") joined.push(join(host, session));
    if (Math.random() < 0.5) await sleep(Math.random() * 10);
  }
  const viewers = await Promise.all(joined);
  await quiet(host, session, typed + 1);
  await expectSameScreens(host, session, viewers, false);
}

/** All was printed, and what the terminal answered to questions in it too: the program prints that as well. */
async function quiet(host: TestHost, session: Spawned, atLeast: number): Promise<void> {
  let before = -1;
  await waitFor("everything printed", async () => {
    const { offset } = await host.get(session);
    const isQuiet = offset >= atLeast && offset === before;
    before = offset;
    if (!isQuiet) await sleep(100);
    return isQuiet;
  }, 30_000);
}
