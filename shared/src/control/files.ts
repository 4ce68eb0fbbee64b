// The files by which a host and an agent find each other again after either was gone.
import * as z from "zod/mini";
import { SessionExit, Size } from "../domain/index.ts";
import { Epoch, SessionId } from "../ids/index.ts";

/** `<run>/hosts/<hostId>.json`, written by a host once it listens, removed when it leaves. Its socket is `<run>/hosts/<hostId>.sock`. */
export const HostFile = z.object({
  hostId: z.string(),
  pid: z.int(),
  /** Start time of the process as the kernel counts it: tells a recycled pid. Empty where it can't be known. */
  pidStart: z.string(),
  protocol: z.int(),
  version: z.string(),
  /** Of its program: two builds of one version are two generations. */
  build: z.optional(z.string()),
  startedAt: z.number(),
});
export type HostFile = z.infer<typeof HostFile>;

/** `<session dir>/life.json`: written at start and again at the end, so that an exit nobody heard is still known. */
export const LifeFile = z.object({
  id: SessionId,
  epoch: Epoch,
  hostId: z.string(),
  pid: z.int(),
  pidStart: z.string(),
  size: Size,
  startedAt: z.number(),
  endedAt: z.nullable(z.number()),
  exit: z.nullable(SessionExit),
  /** Directory of its control group, where it has one: by that what it leaves behind is found. */
  group: z.optional(z.string()),
  /** Output offset at the end. */
  offset: z.nullable(z.number()),
});
export type LifeFile = z.infer<typeof LifeFile>;
