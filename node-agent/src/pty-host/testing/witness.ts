// Viewers that joined a session at any moment, each held against a terminal that saw every byte at the size it had then (D2).
import { expect } from "vitest";
import { waitFor } from "@fleetwire/shared/testing";
import type { Size } from "@fleetwire/shared/control";
import { SCROLLBACK } from "../screen/emulator.ts";
import { TimingIndex, type SizeChange } from "../log/timing-index.ts";
import { Shown } from "./shown.ts";
import type { TestClient } from "./test-client.ts";
import type { Spawned, TestHost } from "./test-host.ts";

/** A size may come while a sequence is only half there: so far after the picture's offset at most, bytes. */
const HALF_SEQUENCE = 4096;

interface Recording {
  readonly bytes: Buffer;
  readonly sizes: readonly SizeChange[];
}

/**
 * Ends the session, then compares: each picture at its offset, and what it has become with the bytes after it.
 * @param redraws the program draws its screen again when the size changes. Where it doesn't, a terminal rewraps what it has by
 * more than can be seen (which cells were never written), and who joined before a resize is compared at its picture alone
 */
export async function expectSameScreens(host: TestHost, session: Spawned, viewers: readonly TestClient[], redraws = true): Promise<void> {
  await host.kill(session, "KILL", 0);
  const { offset: end } = await host.get(session);
  for (const viewer of viewers) await waitFor("a viewer's last byte", () => viewer.next === end, 20_000);
  expect(viewers.flatMap(({ faults }) => faults)).toEqual([]);
  const { bytes } = await host.log(session);
  expect(bytes.length).toBe(end);
  for (const viewer of viewers) await compare(viewer, { bytes, sizes: new TimingIndex(session.dir).sizes }, redraws);
}

async function compare(viewer: TestClient, recording: Recording, redraws: boolean): Promise<void> {
  const { header, bytes: drawn } = await viewer.snapshot();
  const lines = header.replaces === "screen" ? 0 : SCROLLBACK;
  const { length } = recording.bytes;
  let difference = "no size fits";
  for (const had of sizesHad(recording.sizes, header)) {
    using copy = new Shown(header);
    await copy.write(drawn);
    using reference = new Shown(recording.sizes[0]?.size ?? header);
    await play(reference, recording, [0, header.offset], [1, had]);
    difference = differenceOf(copy, reference, lines, true);
    if (difference !== "") continue;
    expect(header.title ?? "").toBe(reference.title);
    if (!redraws && had < recording.sizes.length) return;
    for (const shown of [copy, reference]) await play(shown, recording, [header.offset, length], [had, recording.sizes.length]);
    difference = differenceOf(copy, reference, lines, false);
    expect(difference, `the last screen, at ${length}, of who joined at ${header.offset}`).toBe("");
    return;
  }
  expect(difference, `the picture at ${header.offset} of ${length}`).toBe("");
}

/** How many of the sizes the picture may have had: where one came just then, it had it or not. */
function sizesHad(sizes: readonly SizeChange[], header: Size & { offset: number }): number[] {
  const least = Math.max(1, sizes.filter(({ offset }) => offset < header.offset).length);
  const most = sizes.filter(({ offset }) => offset <= header.offset + HALF_SEQUENCE).length;
  return Array.from({ length: most - least + 1 }, (_, n) => least + n).filter((had) => sizes[had - 1]?.size.cols === header.cols && sizes[had - 1]?.size.rows === header.rows);
}

/** Bytes [from, to), each at its size. @param sizes [had before, had after] */
async function play(shown: Shown, { bytes, sizes }: Recording, [from, to]: [number, number], [before, after]: [number, number]): Promise<void> {
  let at = from;
  for (const { offset, size } of sizes.slice(before, after)) {
    const until = Math.min(Math.max(at, offset), to);
    await shown.write(bytes.subarray(at, until));
    at = until;
    shown.terminal.resize(size.cols, size.rows);
  }
  await shown.write(bytes.subarray(at, to));
}

/** Empty when they show the same. @param exact also what can't be seen now */
function differenceOf(copy: Shown, reference: Shown, lines: number, exact: boolean): string {
  const [got, wanted] = [copy.picture(lines, exact), reference.picture(lines, exact)] as Record<string, unknown>[];
  const differing = Object.keys(wanted ?? {}).filter((part) => (exact || part !== "saved") && JSON.stringify(got?.[part]) !== JSON.stringify(wanted?.[part]));
  return differing.map((part) => `${part}: ${firstDifference(got?.[part], wanted?.[part])}`).join("\n");
}

function firstDifference(got: unknown, wanted: unknown): string {
  if (!Array.isArray(got) || !Array.isArray(wanted)) return `${JSON.stringify(got)} instead of ${JSON.stringify(wanted)}`;
  const at = Array.from({ length: Math.max(got.length, wanted.length) }).findIndex((_, index) => got[index] !== wanted[index]);
  return `[${at}] ${JSON.stringify(got[at])} instead of ${JSON.stringify(wanted[at])} (${got.length}, ${wanted.length})`;
}
