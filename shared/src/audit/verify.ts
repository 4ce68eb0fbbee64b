// Reading a chain with suspicion. Fed line by line, so that a long one needs no memory and a copy can go on where it was.
import { readLine, verifyHead, type ReadLine } from "./chain.ts";
import type { AuditHead } from "./record.ts";

export interface AuditProblem {
  /** Number of the first record that is wrong, or that is missing. */
  readonly seq: number;
  readonly what: "changed" | "out-of-order" | "missing" | "bad-signature" | "front-missing" | "end-missing" | "forked";
  readonly detail: string;
}

export interface Verifier {
  /** @returns what is wrong with this line; then nothing further is to be fed */
  take(line: string): AuditProblem | { readonly read: ReadLine };
  /** @param known a later head that somebody else holds: the hub's, or the signed one beside the files */
  end(known?: AuditHead): AuditProblem | undefined;
  head(): AuditHead;
  /** Records up to this one are under a signature. */
  sealed(): number;
  count(): number;
}

/**
 * @param publicKey of the node whose record it is
 * @param from the head that the first line has to follow; undefined: the first kept record of a chain whose older ones may have
 * been removed, which a later record then accounts for
 */
export function createVerifier(publicKey: string, from?: AuditHead): Verifier {
  let head: AuditHead = from ?? { chain: "", seq: 0, hash: "" };
  let sealed = from?.seq ?? 0;
  let count = 0;
  /** The record before the first line, which somebody has to answer for. */
  let front: { seq: number; hash: string } | undefined;

  function take(line: string): AuditProblem | { read: ReadLine } {
    const expected = head.seq + 1;
    const read = readLine(line);
    if (read === undefined) return { seq: count === 0 && from === undefined ? numberIn(line) : expected, what: "changed", detail: "the text and its hash differ" };
    const { record, hash } = read;
    if (count === 0 && from === undefined) {
      if (record.kind !== "segment") return { seq: record.seq, what: "front-missing", detail: "it doesn't begin as a file begins" };
      if (record.seq > 1) front = { seq: record.seq - 1, hash: record.prev };
      else if (record.prev !== "") return { seq: record.seq, what: "out-of-order", detail: "the first record of a chain follows none" };
      head = { chain: record.chain, seq: record.seq - 1, hash: record.prev };
    }
    if (record.seq !== head.seq + 1) return { seq: head.seq + 1, what: record.seq > head.seq ? "missing" : "out-of-order", detail: `record ${record.seq} stands where ${head.seq + 1} belongs` };
    if (record.prev !== head.hash) return { seq: record.seq, what: "forked", detail: "it follows another record than the one before it" };
    const problem = judge(read);
    if (problem !== undefined) return problem;
    head = { chain: head.chain, seq: record.seq, hash };
    count++;
    return { read };
  }

  function judge({ record }: ReadLine): AuditProblem | undefined {
    if (record.kind === "seal") {
      if (!verifyHead(head, record.sig, publicKey)) return { seq: record.seq, what: "bad-signature", detail: "the seal is not the node's" };
      sealed = head.seq;
    }
    if (record.kind !== "segment") return undefined;
    if (record.node !== publicKey) return { seq: record.seq, what: "bad-signature", detail: "it is another node's record" };
    if (record.chain !== head.chain) return { seq: record.seq, what: "forked", detail: "another chain begins in the middle" };
    const { dropped } = record;
    if (front !== undefined && dropped !== undefined && dropped.seq >= front.seq) front = dropped.seq === front.seq && dropped.hash !== front.hash ? front : undefined;
    return undefined;
  }

  return {
    take,
    head: () => head,
    sealed: () => sealed,
    count: () => count,
    end(known) {
      if (front !== undefined) return { seq: front.seq, what: "front-missing", detail: "older records are gone, and none says that they were removed" };
      if (known === undefined || known.chain !== head.chain || known.seq <= head.seq) return undefined;
      return { seq: head.seq + 1, what: "end-missing", detail: `it ends at ${head.seq}, and ${known.seq} was written` };
    },
  };
}

export const isProblem = (taken: AuditProblem | { readonly read: ReadLine }): taken is AuditProblem => "what" in taken;

/** For the message only: the text is not to be believed. */
function numberIn(line: string): number {
  return Number(/"seq":(\d{1,15})/.exec(line)?.[1] ?? 0);
}
