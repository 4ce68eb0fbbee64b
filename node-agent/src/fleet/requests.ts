// Requests of callers to this node. The broker is a courier: everything is checked again here, and an answer goes to the
// caller's own inbox or nowhere.
import { isOwnInbox, openRequest, readRequestSubject, sealReply, type OpenedRequest } from "@fleetwire/shared/bus";
import { FleetError, type ErrorRecord } from "@fleetwire/shared/errors";
import type { KeyPair } from "@fleetwire/shared/keys";
import type { Msg } from "nats";
import { judgeCaller } from "./caller.ts";
import { signedId } from "./signed-id.ts";
import type { Trust } from "./trust.ts";
import type { BusDispatcher, FleetLinkDeps, LinkCounters, LinkSettings, Log } from "./types.ts";

/** No verb takes longer; a deadline further away would let a captured request be run long after. Milliseconds. */
const LONGEST_MS = 10 * 60_000;

export interface RequestServer {
  handle(message: Msg): Promise<void>;
  counters(): LinkCounters;
}

export interface RequestServerDeps {
  readonly settings: Pick<LinkSettings, "credentials" | "issuers" | "open" | "pool" | "fleet">;
  readonly trust?: Trust;
  readonly nodeKey: KeyPair;
  readonly dispatch: BusDispatcher;
  readonly onRefused?: FleetLinkDeps["onRefused"];
  /** This release: told with every answer. */
  readonly version: string;
  /** Largest answer that NATS takes from us, bytes. */
  readonly maxPayload: () => number;
  readonly log: Log;
}

export function createRequestServer({ settings, trust, nodeKey, dispatch, onRefused, version, maxPayload, log }: RequestServerDeps): RequestServer {
  const joined = { issuers: settings.credentials?.facts.issuers ?? settings.issuers ?? [], open: settings.open, pool: settings.pool };
  const trusted = () => ({ ...joined, ...trust?.current() });
  const count = { served: 0, refused: 0, dropped: 0, busyMs: 0 };

  async function handle(message: Msg): Promise<void> {
    const from = performance.now();
    await answer(message).finally(() => (count.busyMs += performance.now() - from));
  }

  async function answer(message: Msg): Promise<void> {
    const subject = readRequestSubject(message.subject);
    if (subject === undefined || !isOwnInbox(message.reply, subject.caller)) {
      count.dropped++;
      log.warn({ subject: message.subject, reply: message.reply }, "request dropped: the reply is not to the caller's own inbox");
      return;
    }
    const data = message.string();
    const from = { caller: subject.caller, target: nodeKey.publicKey, verb: subject.verb };
    let opened: OpenedRequest;
    let caller;
    try {
      opened = openRequest(data, from, Date.now());
      if (opened.request.deadline - opened.request.issued > LONGEST_MS) throw new FleetError("bad-input", "the request's deadline is too far away");
      caller = judgeCaller(opened.request.caller, opened.claims, trusted(), Date.now());
    } catch (error) {
      count.refused++;
      const record = FleetError.from(error).toRecord();
      log.warn({ caller: subject.caller, verb: subject.verb, code: record.code }, "request refused");
      onRefused?.({ key: subject.caller, verb: subject.verb, code: record.code });
      // Only who signed a request learns why it is refused: an answer to a forged one would be a tool for the forger.
      const id = signedId(data, subject.caller);
      if (id !== undefined) respond(message, { id, error: record });
      return;
    }
    const { id } = opened.request;
    try {
      const result = await dispatch.call(subject.verb, opened.request.body, caller, id);
      respond(message, { id, result });
    } catch (error) {
      if (!(error instanceof FleetError)) log.error({ verb: subject.verb, err: error }, "a handler failed");
      respond(message, { id, error: FleetError.from(error).toRecord() });
    }
    count.served++;
  }

  function respond(message: Msg, answer: { id: string; result?: unknown; error?: ErrorRecord }): void {
    let sealed = sealReply({ at: Date.now(), version, ...answer }, nodeKey);
    if (Buffer.byteLength(sealed) > maxPayload()) {
      sealed = sealReply({ at: Date.now(), version, id: answer.id, error: new FleetError("too-large", "the answer is larger than a message may be", { hint: "ask for less at a time" }).toRecord() }, nodeKey);
    }
    try {
      message.respond(sealed);
    } catch (error) {
      // The connection is gone; a change was remembered by its id, so that the caller may ask again.
      log.warn({ err: error }, "an answer could not be sent");
    }
  }

  return { handle, counters: () => ({ ...count }) };
}
