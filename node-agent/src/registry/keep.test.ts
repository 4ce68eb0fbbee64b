// What a registry keeps, over a real JetStream that others write to and that goes away.
import { createKeyPair } from "@fleetwire/shared/keys";
import type { NodeName, PoolName, PublicKey } from "@fleetwire/shared/ids";
import { counts } from "@fleetwire/shared/testing";
import { expect, it } from "vitest";
import { connectOnce, type Connection } from "../fleet/index.ts";
import { silent } from "../fleet/test-node.ts";
import { startNats } from "../fleet/testing.ts";
import { createKeep, openBucket, type Bucket } from "./keep.ts";
import { newRow, type Row } from "./row.ts";

const LIVE = new AbortController().signal;

const rowsOf = (count: number): Row[] => Array.from({ length: count }, (_, n) => newRow(createKeyPair("user").publicKey as PublicKey, `n${n}` as NodeName, "default" as PoolName));

async function bucketOf(connection: Connection): Promise<Bucket> {
  const bucket = await openBucket(connection, 10, silent);
  if (bucket === undefined) throw new Error("no JetStream");
  return bucket;
}

it("is read whole while another registry replaces it", async () => {
  await using server = await startNats({ jetstream: true });
  const [mine, theirs] = await Promise.all([1, 2].map(() => connectOnce({ urls: [server.url], name: "test", login: { kind: "none" } }))) as [Connection, Connection];
  const buckets = [await bucketOf(mine), await bucketOf(theirs)] as const;
  const rows = rowsOf(40);
  {
    await using keep = createKeep(() => buckets[0], () => rows, silent);
    await keep.load(LIVE);
    for (const row of rows) keep.changed(row);
  }
  const last = JSON.stringify({ ...rows.at(-1), sessions: undefined, pieces: 0 });
  for (let round = 0; round < counts(150, 2_000); round++) {
    await using keep = createKeep(() => buckets[0], () => rows, silent);
    // The last value is replaced while it is read, and then nobody writes any more; or another one begins as well.
    const key = rows.at(-1)?.key ?? "";
    const other = round % 3 === 0 ? createKeep(() => buckets[1], () => rows, silent) : undefined;
    const replace = () => new Promise((resolve) => setTimeout(resolve, Math.random() * 4)).then(() => buckets[1].put(key, last));
    const [found] = await Promise.all([keep.load(LIVE), other?.load(LIVE), replace()]);
    expect(found.map((row) => row.key).toSorted()).toEqual(rows.map((row) => row.key).toSorted());
    await other?.[Symbol.asyncDispose]();
  }
  await Promise.all([mine.close(), theirs.close()]);
}, counts(60_000, 300_000));

it("is read over the next connection when one is lost, and is not overwritten meanwhile", async () => {
  await using server = await startNats({ jetstream: true });
  const open = () => connectOnce({ urls: [server.url], name: "test", login: { kind: "none" } });
  const rows = rowsOf(3);
  let connection = await open();
  let bucket = await bucketOf(connection);
  {
    await using keep = createKeep(() => bucket, () => rows, silent);
    await keep.load(LIVE);
    for (const row of rows) {
      row.heardAt = 1_000;
      keep.changed(row);
    }
  }
  await server.kill();
  const table: Row[] = [];
  await using keep = createKeep(() => bucket, () => table, silent);
  const loading = keep.load(LIVE);
  await new Promise((resolve) => setTimeout(resolve, 1_200));
  await server.restart();
  connection = await open();
  bucket = await bucketOf(connection);
  expect((await loading).map(({ key, heardAt }) => ({ key, heardAt }))).toEqual(expect.arrayContaining(rows.map(({ key }) => ({ key, heardAt: 1_000 }))));
  await connection.close();
}, 30_000);

it("ends when it is told to, also without a server", async () => {
  await using server = await startNats({ jetstream: true });
  const connection = await connectOnce({ urls: [server.url], name: "test", login: { kind: "none" } });
  const bucket = await bucketOf(connection);
  await server.kill();
  await using keep = createKeep(() => bucket, () => [], silent);
  const stop = new AbortController();
  const loading = keep.load(stop.signal);
  stop.abort();
  expect(await loading).toEqual([]);
  await connection.close();
}, 15_000);
