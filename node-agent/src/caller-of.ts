// Who asks on the agent's own socket: its owner, unless the PTY host says that it hands on what came to the terminal listener.
import type { IncomingMessage } from "node:http";
import { FleetError } from "@fleetwire/shared/errors";
import type { Caller, DirectTokens } from "./bus/index.ts";

/** The host sets `fleet-via: direct` and strips it from what clients send. */
export function callerOf(tokens: Promise<DirectTokens>, onRefused: (path: string) => void): (request: IncomingMessage) => Promise<Caller> {
  tokens.catch(() => undefined);
  return async ({ headers, url = "" }) => {
    if (headers["fleet-via"] === undefined) return { kind: "socket" };
    const bearer = /^Bearer ([\x21-\x7e]+)$/i.exec(headers.authorization ?? "")?.[1];
    try {
      if (bearer === undefined) throw new FleetError("bad-bearer", "a bearer token is needed");
      return { kind: "direct", ...(await tokens).check(bearer) };
    } catch (error) {
      onRefused(url);
      throw error;
    }
  };
}
