// What a session shows and what it has printed, in answers that fit a message of the bus.
import { setTimeout as sleep } from "node:timers/promises";
import type { InputOf, OutputOf, sessionOutput, sessionScreen } from "@fleetwire/shared/bus";
import { takePlain } from "@fleetwire/shared/plain";
import type { SessionRow } from "../store/index.ts";
import type { Core } from "./core.ts";
import { findSession, type Only } from "./find-session.ts";
import { hostOf } from "./host-of.ts";
import { recordNow } from "./life.ts";

/** A message may have 256 KiB; the rest is for the session's record and the seal. */
const PAGE_BYTES = 160 * 1024;
/** Every byte of text may take four in an answer, which is JSON within JSON. */
const PLAIN_BYTES = 48 * 1024;
const RAW_BYTES = 128 * 1024;
/** So much is enough for the longest sequence that is waited for. */
const SEQUENCE_BYTES = 16 * 1024;
const DRAW_MS = 18_000;
/** Before it is looked again whether a sequence that has begun goes on. */
const AGAIN_MS = 250;

/** @throws FleetError `unknown-session`, `denied`, `log-gone`, `host-unreachable`, `timeout` */
export async function screenOf(core: Core, { session, scrollback = 0, join = false, cells = false, from = 0 }: InputOf<typeof sessionScreen>, only?: Only): Promise<OutputOf<typeof sessionScreen>> {
  const row = findSession(core, session, only);
  const host = await hostOf(core, row);
  const { offset, page } = await host.call("screen", { id: row.id, epoch: epochOf(core, row), scrollback, join, cells, from, bytes: PAGE_BYTES }, DRAW_MS);
  return { ...page, offset, session: now(core, row) };
}

/** @throws FleetError as `screenOf` */
export async function outputOf(core: Core, { session, start = { beginning: true }, format = "plain", maxBytes, waitMs = 0 }: InputOf<typeof sessionOutput>, only?: Only): Promise<OutputOf<typeof sessionOutput>> {
  const row = findSession(core, session, only);
  const host = await hostOf(core, row);
  const most = Math.min(maxBytes ?? RAW_BYTES, format === "raw" ? RAW_BYTES : PLAIN_BYTES);
  const least = format === "raw" ? most : Math.max(most, SEQUENCE_BYTES);
  const read = async (wait: number) => {
    const { from, data, gap, log, ended } = await host.call("read", { id: row.id, epoch: epochOf(core, row), start, most: least, waitMs: wait }, wait + DRAW_MS / 2);
    const bytes = Buffer.from(data, "base64");
    const end = from + bytes.length;
    const isLast = ended && end >= log.end;
    if (format === "raw") return { from, next: end, data, gap, log, ended: isLast };
    const isWhole = bytes.length <= most;
    const piece = takePlain(bytes.subarray(0, most), isLast && isWhole);
    // A sequence that is longer than what was asked for comes whole.
    const { text, taken } = piece.taken > 0 || isWhole ? piece : takePlain(bytes, isLast);
    return { from, next: from + taken, text, gap, log, ended: isLast && taken === bytes.length };
  };
  let piece = await read(waitMs);
  if (waitMs > 0 && piece.next === piece.from && piece.log.end > piece.from) {
    await sleep(Math.min(waitMs, AGAIN_MS));
    piece = await read(0);
  }
  return { ...piece, session: now(core, row) };
}

/** Opening it again may have been the work of a while. */
const epochOf = (core: Core, row: SessionRow) => core.store.sessions.get(row.id)?.epoch ?? row.epoch;
const now = (core: Core, row: SessionRow) => recordNow(core, core.store.sessions.get(row.id) ?? row);
