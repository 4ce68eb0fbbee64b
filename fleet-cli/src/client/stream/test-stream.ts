// What the stream's tests share.
import type { HostMessage, Want } from "@fleetwire/shared/wire";
import { openStream } from "./open-stream.ts";
import type { TestHost } from "./test-host.ts";
import type { StreamEvent, StreamOptions, TerminalStream } from "./types.ts";

export const ATTACH: Want = { kind: "attach", mode: "lossless" };
const FAST = { backoffBaseMs: 5, backoffMaxMs: 20 };
export const EXIT = (offset: number): HostMessage => ({ type: "exit", state: "exited", exit: { code: 0 }, offset });

/** Reads to the end: the bytes in order, and every other event. */
export async function readAll(stream: TerminalStream) {
  const bytes: Buffer[] = [];
  const others: Exclude<StreamEvent, { kind: "output" }>[] = [];
  for await (const event of stream) {
    if (event.kind === "output") bytes.push(event.bytes);
    else others.push(event);
  }
  return { bytes: Buffer.concat(bytes), others };
}

export const open = (host: TestHost, options: Partial<StreamOptions> = {}, timing = {}) => openStream({ ...host.grant(), want: ATTACH, ...options }, { ...FAST, ...timing });
