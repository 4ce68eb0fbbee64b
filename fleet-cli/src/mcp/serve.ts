// `fleet mcp`: from the first byte of stdin to its end.
import { FleetError } from "@fleetwire/shared/errors";
import type { FleetClient } from "../client/index.ts";
import type { Settings } from "../config/index.ts";
import { AllowedFleet } from "./allowed-fleet.ts";
import { BoundedLines } from "./bounded-lines.ts";
import type { Limits } from "./limits.ts";
import { StdioServerTransport } from "./sdk.ts";
import { createServer } from "./server.ts";

export interface Serving {
  readonly client: FleetClient;
  readonly settings: Settings;
  readonly limits: Limits;
  /** This program's own, e.g. `0.1.0`. */
  readonly version: string;
  readonly stdin: NodeJS.ReadableStream;
  /** Carries the protocol and nothing else. */
  readonly stdout: NodeJS.WriteStream;
  /** Ends it at once. */
  readonly signal: AbortSignal;
  /** One line on stderr. */
  readonly note: (text: string) => void;
  /** Keeps a report of what nobody expected. @returns the file, when it could be written */
  readonly report: (error: FleetError) => string | undefined;
}

/** A message has at most so many bytes; the longest text that can be sent has 128 KiB. */
const MAX_MESSAGE = 4 * 1024 * 1024;
/** How long calls that are being answered may take when stdin has ended, milliseconds. */
const LAST_ANSWERS_MS = 2_000;

/** Serves one client until its end of stdin, or the signal. @throws FleetError `usage` when a tool is allowed that doesn't exist */
export async function serveMcp({ client, settings, limits, version, stdin, stdout, signal, note, report }: Serving): Promise<void> {
  const onBug = (thrown: unknown) => {
    const error = FleetError.from(thrown);
    const file = report(error);
    note(`mcp: unexpected: ${error.message}${file === undefined ? "" : ` (report: ${file})`}`);
    return new FleetError("internal", "something unexpected went wrong", { hint: "the server goes on; its log has the details" });
  };
  await using fleetServer = await createServer({ fleet: new AllowedFleet(client, limits), limits, settings, version, note, onBug });
  const lines = new BoundedLines(MAX_MESSAGE, () => note(`mcp: a message of more than ${MAX_MESSAGE} bytes was left out`));
  const ended = new Promise<void>((resolve) => {
    lines.once("end", resolve);
    stdin.once("error", () => resolve());
    stdin.once("close", () => setImmediate(resolve));
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
  // The transport wants a stream to read; it uses no more of it than this.
  await fleetServer.server.connect(new StdioServerTransport(lines as unknown as NodeJS.ReadStream, stdout));
  stdin.pipe(lines);
  await ended;
  if (!signal.aborted) await fleetServer.settle(LAST_ANSWERS_MS);
  stdin.unpipe(lines);
  stdin.pause();
}
