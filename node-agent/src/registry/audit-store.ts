// The hub's copies of the nodes' audit records: `audit/<key>/<branch>/` with the lines as the nodes wrote them, only ever added
// to. Where a node's record doesn't follow from what is here, what is here stays, and a new branch begins.
import { appendFileSync, closeSync, fdatasyncSync, mkdirSync, openSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { AuditHead, ReadLine } from "@fleetwire/shared/audit";
import { AuditAlarm } from "@fleetwire/shared/bus";
import { parseJson, parseOr } from "@fleetwire/shared/errors";
import * as z from "zod/mini";
import { cutTorn, headIn, segmentPath, segmentsIn } from "../audit/index.ts";
import { writePrivateFile } from "./hub-files.ts";

/** More say no more. */
const ALARMS = 50;

export interface KeptAudit {
  /** Of the newest branch; undefined: nothing was copied yet. */
  head(): AuditHead | undefined;
  /** Directories, the oldest first. */
  branches(): string[];
  append(lines: readonly { readonly line: string; readonly read: ReadLine }[]): void;
  /** What comes next doesn't follow from what is here. */
  newBranch(): void;
  alarms(): readonly AuditAlarm[];
  /** @returns false when it is known already */
  raise(alarm: AuditAlarm): boolean;
  /** Whoever forgets a node has seen them; the lines stay. */
  clear(): void;
}

export function openKeptAudit(hubDirectory: string, name: string): KeptAudit {
  const directory = join(auditRoot(hubDirectory), name);
  const alarmsFile = join(directory, "alarms.json");
  let branch = Math.max(1, ...branchesIn(directory).map(Number));
  const branchDirectory = () => join(directory, String(branch));
  let alarms = readAlarms(alarmsFile);
  const newest = segmentsIn(branchDirectory()).at(-1);
  if (newest !== undefined) cutTorn(newest.path);
  let head = headIn(branchDirectory())?.head;

  return {
    head: () => head,
    branches: () => branchesIn(directory).toSorted((a, b) => Number(a) - Number(b)).map((one) => join(directory, one)),
    append(lines) {
      mkdirSync(branchDirectory(), { recursive: true, mode: 0o700 });
      for (const piece of bySegment(lines)) {
        const first = piece[0] as (typeof lines)[number];
        const path = first.read.record.kind === "segment" ? segmentPath(branchDirectory(), first.read.record.seq) : (segmentsIn(branchDirectory()).at(-1)?.path ?? segmentPath(branchDirectory(), first.read.record.seq));
        appendFileSync(path, piece.map(({ line }) => `${line}\n`).join(""), { mode: 0o600 });
        synced(path);
        const { read } = piece.at(-1) as (typeof lines)[number];
        const chain = first.read.record.kind === "segment" ? first.read.record.chain : (head?.chain ?? "");
        head = { chain, seq: read.record.seq, hash: read.hash };
      }
    },
    newBranch() {
      branch++;
      head = undefined;
    },
    alarms: () => alarms,
    raise(alarm) {
      if (alarms.some(({ code, seq, detail }) => code === alarm.code && seq === alarm.seq && detail === alarm.detail)) return false;
      alarms = [...alarms, alarm].slice(-ALARMS);
      writePrivateFile(alarmsFile, JSON.stringify(alarms, null, 2));
      return true;
    },
    clear() {
      alarms = [];
      writePrivateFile(alarmsFile, "[]");
    },
  };
}

export const auditRoot = (hubDirectory: string): string => join(hubDirectory, "audit");

function branchesIn(directory: string): string[] {
  try {
    return readdirSync(directory).filter((name) => /^\d{1,6}$/.test(name));
  } catch {
    return [];
  }
}

function readAlarms(file: string): readonly AuditAlarm[] {
  try {
    return parseOr(z.array(AuditAlarm), parseJson(readFileSync(file, "utf8"), file), file);
  } catch {
    return [];
  }
}

/** As the node's own files: each begins with a segment record. */
function bySegment<T extends { readonly read: ReadLine }>(lines: readonly T[]): T[][] {
  const pieces: T[][] = [];
  for (const line of lines) {
    if (pieces.length === 0 || line.read.record.kind === "segment") pieces.push([]);
    pieces.at(-1)?.push(line);
  }
  return pieces;
}

function synced(path: string): void {
  const file = openSync(path, "r+");
  fdatasyncSync(file);
  closeSync(file);
}
