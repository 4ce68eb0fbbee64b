// What a session has printed: bytes and lines of its log, and its screen.
import { FleetError } from "@fleetwire/shared/errors";
import type { LogStart, Want } from "@fleetwire/shared/wire";
import { stripEscapes } from "@fleetwire/shared/plain";
import { Lines } from "../../text/index.ts";
import type { FleetClient, SessionAddress } from "../types.ts";
import type { Waiting } from "./abort.ts";
import type { OutputGap } from "./attach.ts";
import { momentOf } from "./given.ts";

export interface LogOptions extends Waiting {
  /** Where it begins: an offset in bytes. Default: the beginning of what is kept. */
  readonly from?: number;
  /** Instead: the last so many lines. */
  readonly tail?: number;
  /** Instead: what was printed from this time on. */
  readonly since?: Date | number | string;
  /** Goes on until the session ends. Default: ends with what there is. */
  readonly follow?: boolean;
  /** Told of output that is not kept any more. */
  readonly onGap?: (gap: OutputGap) => void;
}

type ScreenWant = Extract<Want, { kind: "screen" }>;

export interface ScreenOptions extends Waiting {
  /** `text` (default), or with colours as escape sequences. */
  readonly format?: ScreenWant["format"];
  /** Also so many lines above the screen. */
  readonly scrollback?: number;
}

export interface Screen {
  readonly text: string;
  readonly cols: number;
  readonly rows: number;
  /** Column and row, from 0; null when there is none to see. */
  readonly cursor: { readonly x: number; readonly y: number; readonly visible?: boolean } | null;
  /** Of the window, as the program set it. */
  readonly title: string | null;
  /** How many bytes of output it shows the effect of. */
  readonly offset: number;
}

type Streams = Pick<FleetClient, "openStream">;

/** @throws FleetError */
export async function* readLog(client: Streams, address: SessionAddress, options: LogOptions): AsyncGenerator<Buffer, void, undefined> {
  const { follow = false, signal, onGap } = options;
  await using stream = await client.openStream(address, { want: { kind: "log", start: startOf(options), follow }, scope: "read", signal });
  for await (const event of stream) {
    if (event.kind === "output") yield event.bytes;
    else if (event.kind === "gap") onGap?.({ from: event.from, to: event.to, reason: event.reason });
  }
}

/** Whole lines, without their ends and without escape sequences. */
export async function* readLines(log: AsyncIterable<Buffer>): AsyncGenerator<string, void, undefined> {
  const lines = new Lines();
  for await (const bytes of log) for (const line of lines.feed(bytes)) yield stripEscapes(line);
  for (const line of lines.end()) yield stripEscapes(line);
}

/** @throws FleetError `connection-lost` */
export async function readScreen(client: Streams, address: SessionAddress, { format = "text", scrollback, signal }: ScreenOptions): Promise<Screen> {
  await using stream = await client.openStream(address, { want: { kind: "screen", format, scrollback }, scope: "read", signal });
  for await (const event of stream) {
    if (event.kind !== "snapshot") continue;
    const { cols, rows, cursor, title, offset } = event.header;
    return { text: event.bytes.toString("utf8"), cols, rows, cursor: cursor ?? null, title: title ?? null, offset };
  }
  throw new FleetError(signal?.aborted === true ? "cancelled" : "connection-lost", `the screen of ${address.text} did not come`);
}

function startOf({ from, tail, since }: LogOptions): LogStart {
  if (from !== undefined) return { offset: from };
  if (tail !== undefined) return { tailLines: tail };
  return since === undefined ? { beginning: true } : { sinceMs: momentOf(since) };
}
