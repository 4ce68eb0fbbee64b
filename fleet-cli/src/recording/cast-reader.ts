// An asciicast file as a recording, read while it is played.
import { FleetError, parseJson } from "@fleetwire/shared/errors";
import { printable } from "@fleetwire/shared/ids";
import { CastEvent, CastHeader } from "./cast-format.ts";
import { linesOf } from "./lines-of.ts";
import type { RecordedEvent, Recording } from "./types.ts";

/**
 * @param name of the file, for messages
 * @throws FleetError `bad-recording` naming the line, here for the header and while events are read
 */
export async function readCast(chunks: AsyncIterable<Uint8Array>, name: string): Promise<Recording> {
  const lines = linesOf(chunks, (number) => malformed(name, number, "is too long"));
  const first = await lines.next();
  const header = headerOf(first.done === true ? "" : first.value.text, name);
  const { cols, rows } = header.version === 2 ? { cols: header.width, rows: header.height } : header.term;
  return {
    size: { cols, rows },
    ...(header.timestamp === undefined ? {} : { startedMs: header.timestamp * 1000 }),
    ...(typeof header.title === "string" ? { title: header.title } : {}),
    ...(typeof header.command === "string" ? { command: header.command } : {}),
    ...(typeof header.idle_time_limit === "number" ? { maxIdleMs: header.idle_time_limit * 1000 } : {}),
    events: eventsOf(lines, header.version, name),
  };
}

async function* eventsOf(lines: AsyncIterable<{ text: string; number: number }>, version: 2 | 3, name: string): AsyncGenerator<RecordedEvent> {
  let lastMs = 0;
  for await (const { text, number } of lines) {
    if (text.trim() === "" || text.startsWith("#")) continue;
    const event = CastEvent.safeParse(jsonOf(text));
    if (!event.success) throw malformed(name, number, "is not an event");
    const [seconds, code, data] = event.data;
    // Rounded: 0.1 + 0.2 of intervals is no reason for a time of its own.
    const atMs = Math.max(lastMs, Math.round((version === 2 ? 0 : lastMs * 1000) + seconds * 1e6) / 1000);
    lastMs = atMs;
    const found = known(atMs, code, data);
    if (found === "malformed") throw malformed(name, number, "is not an event");
    if (found !== undefined) yield found;
  }
}

function known(atMs: number, code: string, data: unknown): RecordedEvent | "malformed" | undefined {
  if (code !== "o" && code !== "r" && code !== "x") return undefined;
  if (typeof data !== "string") return "malformed";
  if (code === "o") return { kind: "output", atMs, bytes: Buffer.from(data, "utf8") };
  if (code === "x") return /^-?\d{1,9}$/.test(data) ? { kind: "exit", atMs, code: Number(data) } : "malformed";
  const [, cols, rows] = /^(\d{1,5})x(\d{1,5})$/.exec(data) ?? [];
  return cols === undefined ? "malformed" : { kind: "size", atMs, size: { cols: Number(cols), rows: Number(rows) } };
}

function headerOf(text: string, name: string): CastHeader {
  const value = jsonOf(text);
  const version = typeof value === "object" && value !== null && "version" in value ? value.version : undefined;
  if (typeof version === "number" && version !== 2 && version !== 3) {
    throw new FleetError("bad-recording", `${printable(name)} is an asciicast of version ${version}`, { hint: "versions 2 and 3 can be played; 'asciinema convert' makes one of the other" });
  }
  const header = CastHeader.safeParse(value);
  if (!header.success) throw malformed(name, 1, "is not an asciicast header");
  return header.data;
}

function jsonOf(text: string): unknown {
  try {
    return parseJson(text, "the line");
  } catch {
    return undefined;
  }
}

function malformed(name: string, number: number, what: string): FleetError {
  return new FleetError("bad-recording", `${printable(name)} is not a recording: line ${number} ${what}`);
}
