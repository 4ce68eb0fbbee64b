// The text form of a join token: `fleet1_` and base64url of its JSON. One line, safe to paste.
import { FleetError, parseJson, parseOr } from "../errors/index.ts";
import { JoinToken } from "./credentials.ts";

const PREFIX = "fleet1_";

export function encodeJoinToken(token: JoinToken): string {
  return PREFIX + Buffer.from(JSON.stringify(token)).toString("base64url");
}

/** @throws FleetError `bad-token` */
export function decodeJoinToken(text: string): JoinToken {
  const trimmed = text.trim();
  if (!trimmed.startsWith(PREFIX)) throw new FleetError("bad-token", "this is not a join token: it starts with 'fleet1_'");
  const json = Buffer.from(trimmed.slice(PREFIX.length), "base64url").toString("utf8");
  return parseOr(JoinToken, parseJson(json, "the join token", "bad-token"), "the join token", "bad-token");
}
