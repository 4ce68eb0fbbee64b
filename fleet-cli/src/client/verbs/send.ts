// The requests of one `send`: conditions with the first, the wait for a reaction with the last, and a long wait in slices.
import { randomBytes } from "node:crypto";
import { sessionSend, type InputOf, type OutputOf } from "@fleetwire/shared/bus";
import { LONGEST_TYPING_WAIT_MS } from "@fleetwire/shared/domain";
import { FleetError } from "@fleetwire/shared/errors";
import { printable } from "@fleetwire/shared/ids";
import type { FleetClient, SessionAddress } from "../types.ts";

/** Bytes of one request; more go in several, in order. */
const PIECE_BYTES = 96 * 1024;

export type Piece = Pick<InputOf<typeof sessionSend>, "text" | "data" | "keys" | "enter">;

type Conditions = Omit<InputOf<typeof sessionSend>, "session" | keyof Piece | "sequence" | "waitMs" | "observeMs">;

export interface SendWish extends Conditions {
  /** For `when`, and for the reaction; milliseconds. */
  readonly timeoutMs?: number | undefined;
  readonly observed?: boolean | undefined;
}

export type SentAll = OutputOf<typeof sessionSend>;

/** Short, so that nothing is typed long after a Ctrl-C here. */
const SLICE_MS = 5_000;
const OBSERVE_MS = 10_000;
/** As the node waits for a program that starts. */
const READY_MS = 10_000;
/** Others may be typing, and the way is long. */
const ANSWER_MS = 20_000;

/** Bytes as they are, without Enter. */
export function piecesOfBytes(bytes: Uint8Array): Piece[] {
  const pieces: Piece[] = [];
  for (let at = 0; at < bytes.length; at += PIECE_BYTES) pieces.push({ data: Buffer.from(bytes.buffer, bytes.byteOffset + at, Math.min(PIECE_BYTES, bytes.length - at)).toString("base64"), enter: false });
  return pieces;
}

/**
 * In order, until one is not written.
 * @returns the last receipt, and the bytes of all
 * @throws FleetError `timeout` when `when` did not come true: nothing was typed; what the node says
 */
export async function sendAll(client: Pick<FleetClient, "call">, address: Pick<SessionAddress, "session" | "place">, pieces: readonly Piece[], wish: SendWish = {}, signal?: AbortSignal): Promise<SentAll> {
  const sequence = pieces.length > 1 ? randomBytes(12).toString("base64url") : undefined;
  const until = wish.timeoutMs === undefined ? Infinity : Date.now() + wish.timeoutMs;
  let bytes = 0;
  let sent: SentAll | undefined;
  for (const [at, piece] of pieces.entries()) {
    const last = at === pieces.length - 1;
    const input = { ...piece, ...conditionsOf(wish, at === 0, last), ...(sequence === undefined ? {} : { sequence: { id: sequence, at, last } }) };
    try {
      sent = await untilTyped(client, address, input, { until, signal });
    } catch (error) {
      throw bytes === 0 ? error : afterBytes(error, bytes);
    }
    bytes += sent.bytes;
    if (sent.receipt === "rejected") break;
  }
  if (sent === undefined) throw new FleetError("usage", "nothing to send: it is empty");
  return { ...sent, bytes };
}

function conditionsOf({ when, expect, at, force, readyMs, urgent, observed, timeoutMs = OBSERVE_MS }: SendWish, first: boolean, last: boolean) {
  const always = { ...(force === true ? { force } : {}), ...(readyMs === undefined ? {} : { readyMs }), ...(urgent === true ? { urgent } : {}) };
  return {
    ...always,
    ...(first && when !== undefined ? { when } : {}),
    ...(first && expect !== undefined ? { expect } : {}),
    ...(first && at !== undefined ? { at } : {}),
    ...(last && observed === true ? { observeMs: Math.min(LONGEST_TYPING_WAIT_MS, timeoutMs) } : {}),
  };
}

async function untilTyped(client: Pick<FleetClient, "call">, { session, place }: Pick<SessionAddress, "session" | "place">, input: Omit<InputOf<typeof sessionSend>, "session">, { until, signal }: { until: number; signal: AbortSignal | undefined }): Promise<SentAll> {
  for (;;) {
    const waitMs = input.when === undefined ? 0 : Math.max(0, Math.min(SLICE_MS, until - Date.now()));
    const timeoutMs = ANSWER_MS + waitMs + (input.readyMs ?? READY_MS) + (input.observeMs ?? 0);
    const sent = await client.call(sessionSend, { session, ...input, ...(input.when === undefined ? {} : { waitMs }) }, place, { timeoutMs, signal });
    // Nothing was typed: asking again is another operation.
    if (sent.receipt !== "rejected" || sent.activity === undefined) return sent;
    if (Date.now() >= until) throw new FleetError("timeout", `nothing was typed: ${sent.target} is ${said(sent.activity)}, not ${input.when ?? "ready"}`);
  }
}

function said({ state, reason, evidence }: NonNullable<SentAll["activity"]>): string {
  const why = [reason, evidence].flatMap((text) => (text === undefined ? [] : [printable(text)])).join("; ");
  return why === "" ? state : `${state} (${why})`;
}

function afterBytes(error: unknown, bytes: number): FleetError {
  const { code, message, hint } = FleetError.from(error);
  return new FleetError(code, `${message}; ${bytes} bytes before it had been typed`, { hint, cause: error });
}
