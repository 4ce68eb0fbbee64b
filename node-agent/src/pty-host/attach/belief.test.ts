// Whose attaches a host serves after it was told whom to believe.
import { createAttachKey, type Ticket } from "@fleetwire/shared/wire";
import { waitFor } from "@fleetwire/shared/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { TestClient } from "../testing/test-client.ts";
import { TestHost, type Spawned } from "../testing/test-host.ts";
import { isBelieved } from "./belief.ts";

const by = (caller: string, issuer: string, issued: number): Partial<Ticket> => ({ caller, credential: { issuer, issued } });

describe("an attach is served", () => {
  const belief = { revoked: { UA: 100 }, issuers: ["AV", "AO"] };
  it.each([
    [true, { caller: "UA", credential: { issuer: "AV", issued: 101 } }, "for a credential younger than the one taken back"],
    [false, { caller: "UA", credential: { issuer: "AV", issued: 100 } }, "not for the one taken back"],
    [true, { caller: "UB", credential: { issuer: "AO", issued: 1 } }, "for others"],
    [false, { caller: "UB", credential: { issuer: "AX", issued: 200 } }, "not when its signing key was replaced"],
    [true, { caller: "socket" }, "for this machine's owner"],
    [true, { caller: "constructor", credential: { issuer: "AV", issued: 0 } }, "whatever its name"],
  ] as const)("%s: %j %s", (served, asker, _why) => expect(isBelieved(asker, belief)).toBe(served));
  it("by whoever signed it, where no signing keys are known", () => expect(isBelieved({ caller: "UB", credential: { issuer: "AX", issued: 1 } }, { revoked: {}, issuers: [] })).toBe(true));
});

describe("on a real host", () => {
  let host: TestHost;
  let session: Spawned;
  beforeAll(async () => {
    host = await TestHost.start();
    session = await host.spawn("cat");
  });
  afterAll(() => host[Symbol.asyncDispose]());

  function attach(right: string, clientKey = createAttachKey()): TestClient {
    return new TestClient({ path: host.socketPath }, right, { clientKey, hostKey: host.control.hello.hostKey, want: { kind: "attach", mode: "lossless" } });
  }

  it("what was taken back is closed at once and can't be resumed, tickets under way are worth nothing, others stay", async () => {
    const keys = [createAttachKey(), createAttachKey(), createAttachKey()] as const;
    const [ann, bob] = [attach(`Fleet-Ticket ${host.ticket(session, keys[0], by("UANN", "AO", 50))}`, keys[0]), attach(`Fleet-Ticket ${host.ticket(session, keys[1], by("UBOB", "AO", 50))}`, keys[1])];
    const { resume = "" } = await ann.welcomed;
    await bob.welcomed;
    const underWay = host.ticket(session, keys[2], by("UANN", "AO", 50));
    expect(await host.control.call("believe", { revoked: { UANN: 50 }, issuers: ["AO"] })).toEqual({ closed: 1 });
    await waitFor("it is closed", () => ann.closeCode === 4403);
    await expect(attach(`Fleet-Resume ${resume}`, keys[0]).welcomed).rejects.toThrow("401");
    await expect(attach(`Fleet-Ticket ${underWay}`, keys[2]).welcomed).rejects.toThrow("401");
    const younger = createAttachKey();
    await attach(`Fleet-Ticket ${host.ticket(session, younger, by("UANN", "AO", 51))}`, younger).welcomed;
    expect(bob.closeCode).toBeUndefined();
    // Said again, nothing more happens; with another signing key everybody of the old one goes.
    expect(await host.control.call("believe", { revoked: { UANN: 50 }, issuers: ["AO"] })).toEqual({ closed: 0 });
    expect(await host.control.call("believe", { revoked: {}, issuers: ["AN"] })).toEqual({ closed: 2 });
    await waitFor("it is closed", () => bob.closeCode === 4403);
  });
});
