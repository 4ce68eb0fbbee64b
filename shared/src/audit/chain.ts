// The chain: each record holds the hash of the one before, and its own hash is over its exact text. A line that is changed,
// removed, added or moved doesn't fit its neighbours; what is cut off at the end is missed by whoever knows a later head.
import { createHash } from "node:crypto";
import { parseJson, parseOr } from "../errors/index.ts";
import { signText, verifyText, type KeyPair } from "../keys/index.ts";
import { AuditRecord, type AuditHead } from "./record.ts";

type Distributed<T> = T extends unknown ? Omit<T, "v" | "seq" | "at" | "prev"> : never;
/** A record before the chain numbers it. */
export type AuditDraft = Distributed<AuditRecord>;

const END = /^(.*),"hash":"([A-Za-z0-9_-]{43})"\}$/s;

const hashOf = (text: string): string => createHash("sha256").update(text).digest("base64url");

/** @param before the head so far; seq 0 and an empty hash for the first one. @returns the line, without its newline */
export function chainLine(draft: AuditDraft, before: Pick<AuditHead, "seq" | "hash">, at: string): { line: string; seq: number; hash: string } {
  const seq = before.seq + 1;
  const text = JSON.stringify({ v: 1, seq, at, prev: before.hash, ...draft });
  const hash = hashOf(text);
  return { line: `${text.slice(0, -1)},"hash":"${hash}"}`, seq, hash };
}

export interface ReadLine {
  readonly record: AuditRecord;
  readonly hash: string;
}

/** A line that is whole and whose hash fits its text; undefined otherwise. */
export function readLine(line: string): ReadLine | undefined {
  const [, text, hash] = END.exec(line) ?? [];
  if (text === undefined || hash === undefined || hashOf(`${text}}`) !== hash) return undefined;
  try {
    return { record: parseOr(AuditRecord, parseJson(`${text}}`, "the record"), "the record"), hash };
  } catch {
    return undefined;
  }
}

/** What a node signs in a seal: all records of this chain up to `head`. */
export const sealText = ({ chain, seq, hash }: AuditHead): string => JSON.stringify([chain, seq, hash]);
export const signHead = (head: AuditHead, key: KeyPair): string => signText("fleet.audit.1", sealText(head), key);
export const verifyHead = (head: AuditHead, sig: string, publicKey: string): boolean => verifyText("fleet.audit.1", sealText(head), sig, publicKey);
