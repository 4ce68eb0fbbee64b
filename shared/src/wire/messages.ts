// Text messages of `fleet.pty.v1`. The order of a connection:
//   host: challenge   client: hello   host: welcome, then what `want` asks for   either: anything below
import * as z from "zod/mini";
import { SessionExit, SessionState, Size } from "../domain/index.ts";

const Offset = z.number().check(z.gte(0), z.lte(Number.MAX_SAFE_INTEGER));
const Nonce = z.string().check(z.regex(/^[A-Za-z0-9_-]{16,64}$/));
const SignalName = z.string().check(z.regex(/^[A-Z0-9+]{2,10}$/));

/** Where a log starts: an offset, the last lines, a time (milliseconds since 1970), or its beginning. */
export const LogStart = z.union([z.object({ offset: Offset }), z.object({ tailLines: z.int().check(z.gte(0)) }), z.object({ sinceMs: z.number() }), z.object({ beginning: z.literal(true) })]);
export type LogStart = z.infer<typeof LogStart>;

const Ms = z.int().check(z.gte(0));

/**
 * What is at the offset was printed at this time (milliseconds since 1970), and what follows up to the next mark not before
 * it; with four numbers: and from there on the terminal had so many columns and rows.
 */
export const TimeMark = z.union([z.tuple([Offset, Ms]), z.tuple([Offset, Ms, Size.shape.cols, Size.shape.rows])]);
export type TimeMark = z.infer<typeof TimeMark>;

/** What a connection is for. */
export const Want = z.union([
  z.object({
    kind: z.literal("attach"),
    size: z.optional(Size),
    /** `latest`: a viewer that is behind gets the present. `lossless`: every byte, with flow control by `ack`. */
    mode: z.enum(["latest", "lossless"]),
    /** Resume: the next output offset wanted. */
    from: z.optional(Offset),
    /** Lines of scrollback in the first snapshot. */
    scrollback: z.optional(z.int().check(z.gte(0), z.lte(100_000))),
  }),
  z.object({
    kind: z.literal("log"),
    start: LogStart,
    follow: z.boolean(),
    /** Also say when it was printed, with `timing` messages. A host that doesn't know this says none. */
    timing: z.optional(z.boolean()),
  }),
  z.object({
    kind: z.literal("screen"),
    /** `facts` and `cells`: a `ScreenPicture` as JSON, without and with its rows. */
    format: z.enum(["text", "ansi", "facts", "cells"]),
    scrollback: z.optional(z.int().check(z.gte(0), z.lte(100_000))),
    /** Lines that wrap are one line. */
    join: z.optional(z.boolean()),
  }),
]);
export type Want = z.infer<typeof Want>;

export const ClientMessage = z.discriminatedUnion("type", [
  /** Browsers can't set headers: they send the ticket (or the resume secret) first. */
  z.object({ type: z.literal("ticket"), ticket: z.string().check(z.maxLength(4096)) }),
  z.object({ type: z.literal("resume"), secret: z.string().check(z.maxLength(256)) }),
  z.object({ type: z.literal("hello"), nonce: Nonce, proof: z.string(), want: Want }),
  /** Output up to here was consumed (lossless credit). */
  z.object({ type: z.literal("ack"), offset: Offset }),
  /** My size. Takes the session's size only when this viewer owns it, or by policy. */
  z.object({ type: z.literal("resize"), cols: Size.shape.cols, rows: Size.shape.rows }),
  /** Make this viewer the size owner. */
  z.object({ type: z.literal("claim") }),
  z.object({ type: z.literal("policy"), policy: z.enum(["latest", "largest", "smallest", "manual"]) }),
  /** Out of band (D8): typed before any input that still waits. Base64. */
  z.object({ type: z.literal("keys"), data: z.string().check(z.maxLength(4096)) }),
  z.object({ type: z.literal("signal"), signal: SignalName }),
  z.object({ type: z.literal("interrupt") }),
  z.object({ type: z.literal("detach") }),
]);
export type ClientMessage = z.infer<typeof ClientMessage>;

export const HostMessage = z.discriminatedUnion("type", [
  z.object({ type: z.literal("challenge"), nonce: Nonce }),
  z.object({
    type: z.literal("welcome"),
    proof: z.string(),
    state: SessionState,
    scope: z.enum(["read", "write"]),
    size: Size,
    /** Next input offset the host wants: what was sent beyond it must be sent again. */
    inputOffset: Offset,
    /** Offsets of the output that can still be had: [start, end). */
    start: Offset,
    end: Offset,
    /** One use; every welcome brings a new one. Absent for connections that aren't attaches. */
    resume: z.optional(z.string()),
  }),
  /**
   * A rendering of everything before `offset`, in `bytes` bytes of snapshot frames that follow at once. `replaces` says
   * what the client may clear; live output goes on from `offset`.
   */
  z.object({
    type: z.literal("snapshot"),
    offset: Offset,
    cols: Size.shape.cols,
    rows: Size.shape.rows,
    format: z.enum(["vt", "text", "ansi", "facts", "cells"]),
    replaces: z.enum(["screen", "screen+scrollback"]),
    bytes: z.int(),
    cursor: z.optional(z.object({ x: z.int(), y: z.int(), visible: z.optional(z.boolean()) })),
    title: z.optional(z.string()),
  }),
  z.object({ type: z.literal("size"), cols: Size.shape.cols, rows: Size.shape.rows, mine: z.boolean() }),
  /** Input up to here was taken; it never has to be sent again. */
  z.object({ type: z.literal("input-ack"), offset: Offset }),
  /** Output [from, to) will not come: `rotated` out of the log, `skipped` for a viewer that was behind, `disk` could not keep it. */
  z.object({ type: z.literal("gap"), from: Offset, to: Offset, reason: z.enum(["rotated", "skipped", "disk"]) }),
  /** Marks by offset, before the bytes they are about. The first of a connection is at its start, with the size that holds there. */
  z.object({ type: z.literal("timing"), marks: z.array(TimeMark) }),
  /** After the last byte was sent (D5). */
  z.object({ type: z.literal("exit"), state: SessionState, exit: z.nullable(SessionExit), offset: Offset }),
  /** The log ends here (no `follow`, or the session has ended). */
  z.object({ type: z.literal("end"), offset: Offset }),
  z.object({ type: z.literal("error"), code: z.string(), message: z.string() }),
]);
export type HostMessage = z.infer<typeof HostMessage>;

/** Close codes. 1001, 1006 and 1012 mean: resume at once. */
export const CLOSE = { done: 1000, ticket: 4401, denied: 4403, helloTimeout: 4408, epoch: 4409, sessionGone: 4410, tooLarge: 4413, tooMany: 4429, internal: 4500 } as const;
