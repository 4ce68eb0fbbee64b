import type { IncomingMessage } from "node:http";
import { FleetError } from "@fleetwire/shared/errors";

const LIMIT_BYTES = 1024 * 1024;

/** The request's body as text. @throws FleetError `too-large`; what is beyond the limit is read and dropped, so that the answer arrives */
export async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= LIMIT_BYTES) chunks.push(chunk);
    else if (size > 16 * LIMIT_BYTES) break;
  }
  if (size > LIMIT_BYTES) throw new FleetError("too-large", `a request has at most ${LIMIT_BYTES} bytes`);
  return Buffer.concat(chunks).toString("utf8");
}
