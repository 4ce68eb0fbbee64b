// A signed question and its signed answer, for what this process itself asks: the registry its nodes, a node the registry.
import { randomBytes } from "node:crypto";
import { openReply, ReplyBody, sealRequest } from "@fleetwire/shared/bus";
import { FleetError, parseJson, parseOr } from "@fleetwire/shared/errors";
import type { OperationId } from "@fleetwire/shared/ids";
import { Signed, type KeyPair } from "@fleetwire/shared/keys";
import type { Connection } from "./connection.ts";

export interface Question {
  readonly subject: string;
  /** Public key of a node, or `registry`. */
  readonly target: string;
  readonly verb: string;
  readonly body: unknown;
  readonly key: KeyPair;
  readonly jwt?: string;
  /** Who may answer; `any` on a plain NATS, where no key is known beforehand. */
  readonly signers: readonly string[] | "any";
  readonly timeoutMs: number;
}

/** @throws FleetError what the answer says; `node-unreachable` when nobody listens, `timeout`, `bad-signature`, `nats-unreachable` */
export async function ask(connection: Connection, question: Question): Promise<unknown> {
  const id = newOperationId();
  const now = Date.now();
  const { subject, target, verb, body, key, jwt, signers, timeoutMs } = question;
  const data = sealRequest({ id, issued: now, deadline: now + timeoutMs, target, verb, body }, key, jwt);
  let text: string;
  try {
    text = (await connection.request(subject, data, { timeout: timeoutMs })).string();
  } catch (error) {
    throw requestError(error, verb);
  }
  return openReply(text, id, signers === "any" ? [signerOf(text)] : signers);
}

export function newOperationId(): OperationId {
  return randomBytes(16).toString("base64url") as OperationId;
}

function signerOf(text: string): string {
  const signed = parseOr(Signed, parseJson(text, "the answer"), "the answer");
  return parseOr(ReplyBody, parseJson(signed.p, "the answer"), "the answer").from;
}

function requestError(error: unknown, verb: string): FleetError {
  const code = (error as { code?: string }).code;
  if (code === "503") return new FleetError("node-unreachable", `nobody answers '${verb}'`);
  if (code === "TIMEOUT") return new FleetError("timeout", `no answer to '${verb}' in time`);
  return new FleetError("nats-unreachable", `'${verb}' could not be asked: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
}
