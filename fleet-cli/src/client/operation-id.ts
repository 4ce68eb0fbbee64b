import { randomBytes } from "node:crypto";

/** Names one change for ever. */
export function newOperationId(): string {
  return randomBytes(16).toString("base64url");
}
