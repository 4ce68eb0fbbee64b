// Scatter: every node hears it, and answers who it is. For fleets without a registry, and for a name's lease there.
import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { CONTRACT_VERSION, isOwnInbox, openReply, openRequest, Pong, readPingSubject, ReplyBody, sealReply, sealRequest, subjects } from "@fleetwire/shared/bus";
import { FleetError, parseJson, parseOr } from "@fleetwire/shared/errors";
import type { FleetName, PublicKey } from "@fleetwire/shared/ids";
import { Signed, type KeyPair } from "@fleetwire/shared/keys";
import type { Msg } from "nats";
import * as z from "zod/mini";
import { newOperationId } from "./ask.ts";
import type { Connection } from "./connection.ts";
import { signedId } from "./signed-id.ts";
import type { LinkedNode, Log } from "./types.ts";

/** Body of a ping: `name`: only that node answers; `spreadMs`: answers come at a random moment within it, for big fleets. */
const PingBody = z.object({ name: z.optional(z.string()), spreadMs: z.optional(z.number().check(z.gte(0), z.lte(2_000))) });

export interface PingDeps {
  readonly node: LinkedNode;
  readonly instance: string;
  readonly nodeKey: KeyPair;
  readonly claiming: () => boolean;
  /** Somebody asked for this node by its name: perhaps who wants the name too. */
  readonly onNamed?: () => void;
  readonly log: Log;
}

/** Answers one ping. Anybody who may publish one may know who is here: beats say as much. */
export async function answerPing(message: Msg, { node, instance, nodeKey, claiming, onNamed, log }: PingDeps): Promise<void> {
  const caller = readPingSubject(message.subject);
  if (caller === undefined || !isOwnInbox(message.reply, caller) || caller === nodeKey.publicKey) return;
  try {
    const { request } = openRequest(message.string(), { caller, target: "all", verb: "ping" }, Date.now());
    const { name, spreadMs = 0 } = parseOr(PingBody, request.body ?? {}, "the ping");
    if (name !== undefined && name !== node.record().name) return;
    if (name !== undefined) onNamed?.();
    if (spreadMs > 0) await sleep(Math.random() * spreadMs, undefined, { ref: false });
    const pong: Pong = { v: CONTRACT_VERSION, node: node.record(), inst: instance, ...(claiming() ? { claiming: true } : {}) };
    message.respond(sealReply({ id: request.id, at: Date.now(), version: pong.node.version, result: pong }, nodeKey));
  } catch (error) {
    const failure = FleetError.from(error);
    log.debug({ caller, code: failure.code }, "ping not answered");
    // Whoever speaks another contract learns at least that somebody is here.
    const id = failure.code === "version-skew" ? signedId(message.string(), caller) : undefined;
    if (id !== undefined) message.respond(sealReply({ id, at: Date.now(), version: node.record().version, error: failure.toRecord() }, nodeKey));
  }
}

/** Every pong that came within `waitMs`, each signed by the node it speaks of. */
export async function scatter(connection: Connection, of: { fleet: FleetName; key: KeyPair; jwt?: string; name?: string; waitMs: number }): Promise<Pong[]> {
  const id = newOperationId();
  const inbox = `${subjects.inboxPrefix(of.key.publicKey as PublicKey)}.${randomBytes(9).toString("hex")}`;
  const pongs: Pong[] = [];
  const subscription = connection.subscribe(inbox, {
    callback: (_error, message) => {
      const pong = message === null ? undefined : readPong(message.string(), id);
      if (pong !== undefined) pongs.push(pong);
    },
  });
  const now = Date.now();
  const body = of.name === undefined ? {} : { name: of.name };
  connection.publish(subjects.ping(of.fleet, of.key.publicKey as PublicKey), sealRequest({ id, issued: now, deadline: now + of.waitMs + 1_000, target: "all", verb: "ping", body }, of.key, of.jwt), { reply: inbox });
  await sleep(of.waitMs);
  subscription.unsubscribe();
  return pongs;
}

function readPong(text: string, id: string): Pong | undefined {
  try {
    const signed = parseOr(Signed, parseJson(text, "pong"), "pong");
    const { from } = parseOr(ReplyBody, parseJson(signed.p, "pong"), "pong");
    const pong = parseOr(Pong, openReply(text, id, [from]), "pong");
    return pong.node.key === from ? pong : undefined;
  } catch {
    return undefined;
  }
}
