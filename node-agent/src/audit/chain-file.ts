// A chain that grows on disk. A record is in the kernel's hands before `append` returns, so that no kill of this process loses
// it; `flush` puts it on the disk itself. Old files go by size and age, and the chain says so.
import { randomBytes } from "node:crypto";
import { closeSync, fdatasync, fdatasyncSync, fstatSync, ftruncateSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, statSync, writeFileSync, writeSync } from "node:fs";
import { basename, join } from "node:path";
import { promisify } from "node:util";
import { AuditHead, chainLine, readLine, signHead, verifyHead, type AuditDraft } from "@fleetwire/shared/audit";
import { FleetError, parseJson, parseOr } from "@fleetwire/shared/errors";
import type { PublicKey } from "@fleetwire/shared/ids";
import type { KeyPair } from "@fleetwire/shared/keys";
import * as z from "zod/mini";
import { cutTorn, firstLine, lastLine, segmentPath, segmentsIn, type Segment } from "./segment-files.ts";

export interface ChainLimits {
  readonly segmentBytes: number;
  /** All files together. */
  readonly keepBytes: number;
  readonly keepMs: number;
}

export interface ChainFile extends Disposable {
  /** @returns the record's number. @throws FleetError `audit-unwritable`; the chain is as before */
  append(draft: AuditDraft): number;
  /** Onto the disk; several calls share one write. @throws FleetError `audit-unwritable` */
  flush(): Promise<void>;
  /** Signs what is there, in the chain and beside it. */
  seal(): void;
  head(): AuditHead;
  /** Records after the last seal. */
  unsealed(): number;
  /** What an unfinished end and the signed head say about the last life. */
  readonly found: { readonly torn?: number; readonly missing?: number };
}

/** `head.json`: a chain whose end was cut off shows it beside this. */
const SignedHead = z.object({ ...AuditHead.shape, sig: z.string() });
const sync = promisify(fdatasync);

/** @param directory made with mode 0700 when it isn't there. @param onAltered something else changed the newest file */
export function openChain(directory: string, key: KeyPair, limits: () => ChainLimits, now: () => number, onAltered: () => void = () => {}): ChainFile {
  const headFile = join(directory, "head.json");
  let head: AuditHead = { chain: "", seq: 0, hash: "" };
  let file: number | undefined;
  let size = 0;
  let sealedAt = 0;
  let running: Promise<void> | undefined;
  let waiting: Promise<void> | undefined;
  let torn = 0;
  const beside = readSignedHead(headFile, key.publicKey);

  function attach(): void {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    setAsideForeign(directory, key.publicKey);
    const newest = segmentsIn(directory).at(-1);
    if (newest === undefined) return begin(0);
    torn += cutTorn(newest.path);
    const last = lastLine(newest.path) ?? "";
    const read = readLine(last);
    const first = readLine(firstLine(newest.path));
    // What can't be followed is left as it lies, for whoever verifies, and a new chain goes on behind it.
    if (read === undefined || first?.record.kind !== "segment") return begin(Math.max(newest.first, numberIn(last), beside?.seq ?? 0));
    head = { chain: first.record.chain, seq: read.record.seq, hash: read.hash };
    open(newest.path);
  }

  function begin(after: number): void {
    head = { chain: randomBytes(6).toString("base64url"), seq: after, hash: "" };
    segment();
  }

  function open(path: string): void {
    if (file !== undefined) {
      fdatasyncSync(file);
      closeSync(file);
    }
    file = openSync(path, "a", 0o600);
    size = fstatSync(file).size;
  }

  /** A new file, and what goes for its sake. */
  function segment(): void {
    const gone = tooMuch();
    const last = gone.at(-1);
    const dropped = last === undefined ? undefined : readLine(lastLine(last.path) ?? "");
    open(segmentPath(directory, head.seq + 1));
    write({ kind: "segment", chain: head.chain, node: key.publicKey as PublicKey, ...(dropped === undefined ? {} : { dropped: { seq: dropped.record.seq, hash: dropped.hash } }) });
    for (const { path } of gone) rmSync(path, { force: true });
  }

  function tooMuch(): Segment[] {
    const { keepBytes, keepMs } = limits();
    let bytes = 0;
    const newestFirst = segmentsIn(directory).toReversed();
    const firstGone = newestFirst.findIndex(({ path }, at) => {
      const stat = statSync(path);
      bytes += stat.size;
      return at > 0 && (bytes > keepBytes || now() - stat.mtimeMs > keepMs);
    });
    return firstGone < 0 ? [] : newestFirst.slice(firstGone).toReversed();
  }

  function write(draft: AuditDraft): number {
    const { line, seq, hash } = chainLine(draft, head, new Date(now()).toISOString());
    const bytes = Buffer.from(`${line}\n`);
    const to = file as number;
    try {
      if (writeSync(to, bytes) < bytes.length) throw new Error("the disk is full");
    } catch (error) {
      // Half a line would make the next one unreadable.
      ftruncateSync(to, size);
      throw error;
    }
    size += bytes.length;
    head = { ...head, seq, hash };
    return seq;
  }

  /** Somebody cut, replaced or removed the file under us: what is known here goes into a new one. */
  function isAltered(): boolean {
    const stat = fstatSync(file as number);
    return stat.size !== size || stat.nlink === 0;
  }

  function seal(): void {
    if (sealedAt === head.seq) return;
    const sealed = { ...head, sig: signHead(head, key) };
    guarded(() => write({ kind: "seal", sig: sealed.sig }));
    sealedAt = head.seq;
    void flush().then(() => writeFileSync(headFile, JSON.stringify(sealed), { mode: 0o600 })).catch(() => undefined);
  }

  async function flushNow(): Promise<void> {
    try {
      if (file !== undefined) await sync(file);
    } catch (error) {
      throw unwritable(error);
    }
  }

  /** One write runs, one waits for it and covers all that came meanwhile. */
  function flush(): Promise<void> {
    if (running === undefined) return (running = flushNow().finally(() => (running = undefined)));
    waiting ??= running.catch(() => undefined).then(() => {
      waiting = undefined;
      return flush();
    });
    return waiting;
  }

  function guarded<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw unwritable(error);
    }
  }

  try {
    attach();
  } catch {
    // The next append tries again, and says what is wrong.
  }
  return {
    found: { ...(torn > 0 ? { torn } : {}), ...(beside !== undefined && beside.chain === head.chain && beside.seq > head.seq ? { missing: beside.seq } : {}) },
    append: (draft) =>
      guarded(() => {
        if (file === undefined) attach();
        if (isAltered()) {
          onAltered();
          segment();
        } else if (size > limits().segmentBytes) {
          seal();
          segment();
        }
        return write(draft);
      }),
    flush,
    seal,
    head: () => head,
    unsealed: () => head.seq - sealedAt,
    [Symbol.dispose]() {
      try {
        seal();
      } catch {
        // A full disk: the next life seals.
      }
      if (file !== undefined) closeSync(file);
      file = undefined;
    },
  };
}

function unwritable(error: unknown): FleetError {
  return new FleetError("audit-unwritable", `the audit record can't be written: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
}

/** @returns undefined when there is none, or it isn't this key's */
export function readSignedHead(file: string, publicKey: string): AuditHead | undefined {
  try {
    const { sig, ...head } = parseOr(SignedHead, parseJson(readFileSync(file, "utf8"), file), file);
    return verifyHead(head, sig, publicKey) ? head : undefined;
  } catch {
    return undefined;
  }
}

/** A node that lost its key is another one: what the old one signed is whole by itself, and stays beside. */
function setAsideForeign(directory: string, publicKey: string): void {
  const segments = segmentsIn(directory);
  const first = readLine(firstLine(segments[0]?.path ?? ""));
  if (first?.record.kind !== "segment" || first.record.node === publicKey) return;
  const aside = join(directory, first.record.node);
  mkdirSync(aside, { recursive: true, mode: 0o700 });
  for (const { path } of segments) renameSync(path, join(aside, basename(path)));
}

/** Of a line that isn't to be believed: the next numbers are at least beyond it. */
function numberIn(line: string): number {
  return Number(/"seq":(\d{1,9}),/.exec(line)?.[1] ?? 0);
}
