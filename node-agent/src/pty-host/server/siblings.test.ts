// Two hosts of one node: the one with the TCP address hands on what is for the other, however the right is shown.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { waitFor } from "@fleetwire/shared/testing";
import { createAttachKey, type Want } from "@fleetwire/shared/wire";
import { NONCE_HEADER } from "../attach/relay.ts";
import { TestClient } from "../testing/test-client.ts";
import { TestHost } from "../testing/test-host.ts";

let dir: string;
let door: TestHost;
let owner: TestHost;
let url: string;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "fw-"));
  door = await TestHost.start({ dir });
  owner = await TestHost.start({ dir, nodeKey: door.nodeKey });
  const { listening } = await door.control.call("listen", { address: "127.0.0.1", port: 0, hosts: [], origins: [] });
  url = `ws://${listening}`;
});
afterAll(async () => {
  await owner[Symbol.asyncDispose]();
  await door[Symbol.asyncDispose]();
  await rm(dir, { recursive: true, force: true });
});

const WANT: Want = { kind: "attach", mode: "lossless" };
const clients: TestClient[] = [];
afterAll(() => {
  for (const client of clients) client.cut();
});

function open(right: string, clientKey: ReturnType<typeof createAttachKey>, how: { first?: boolean; want?: Want; headers?: Record<string, string> } = {}): TestClient {
  const client = new TestClient({ url }, right, { clientKey, hostKey: owner.control.hello.hostKey, want: how.want ?? WANT, ...how });
  clients.push(client);
  return client;
}

describe.each([["in the request", false], ["in the first message", true]])("a right for a sibling's session, shown %s", (_where, first) => {
  it("opens the session; its resume secret does, too", async () => {
    const session = await owner.spawn("cat");
    const clientKey = createAttachKey();
    const viewer = open(`Fleet-Ticket ${owner.ticket(session, clientKey)}`, clientKey, { first });
    const { resume } = await viewer.welcomed;
    viewer.type(0, Buffer.from("over the sibling\r"));
    await viewer.prints("over the sibling");
    viewer.cut();
    const again = open(`Fleet-Resume ${resume}`, clientKey, { first, want: { ...WANT, from: 0 } });
    expect((await again.welcomed).inputOffset).toBe(17);
    await again.prints("over the sibling");
    expect([...viewer.faults, ...again.faults]).toEqual([]);
  });

  it("brings megabytes in order, the exit and its close code", async () => {
    const session = await owner.spawn("read x; seq 1 200000; exit 3");
    const clientKey = createAttachKey();
    const viewer = open(`Fleet-Ticket ${owner.ticket(session, clientKey)}`, clientKey, { first });
    await viewer.welcomed;
    viewer.type(0, Buffer.from("\r"));
    expect(await viewer.until("exit")).toMatchObject({ state: "exited", exit: { code: 3 } });
    await waitFor("the close", () => viewer.closeCode === 1000);
    expect(viewer.faults).toEqual([]);
    expect(viewer.text.trimEnd().endsWith("200000")).toBe(true);
  });

  it("is refused by its owner when it is used up or forged, with the same words as anywhere", async () => {
    const session = await owner.spawn("cat");
    const clientKey = createAttachKey();
    const ticket = `Fleet-Ticket ${owner.ticket(session, clientKey)}`;
    await open(ticket, clientKey, { first }).welcomed;
    for (const right of [ticket, `Fleet-Ticket ${owner.ticket(session, clientKey, {}, createAttachKey())}`, `Fleet-Resume ${owner.host.hostId}-abc.def`]) {
      const refused = open(right, clientKey, { first });
      await waitFor("the refusal", () => refused.status === 401 || refused.closeCode === 4401);
    }
  });
});

describe("a challenge", () => {
  it("can't be chosen by who comes from outside", async () => {
    const session = await owner.spawn("cat");
    const clientKey = createAttachKey();
    const viewer = open(`Fleet-Ticket ${owner.ticket(session, clientKey)}`, clientKey, { headers: { [NONCE_HEADER]: "chosen" } });
    await viewer.welcomed;
    expect(viewer.last("challenge")?.nonce).not.toBe("chosen");
  });
});
