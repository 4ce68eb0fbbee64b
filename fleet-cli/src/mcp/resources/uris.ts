// The resources' names.
import { parseTarget } from "@fleetwire/shared/ids";

export const NODES_URI = "fleet://nodes";
export const SESSIONS_URI = "fleet://sessions";

/** What of a session is a resource. */
export const PARTS = {
  screen: { mimeType: "text/plain", title: "screen", description: "what is on its terminal, as text" },
  log: { mimeType: "text/plain", title: "output", description: "the end of what it printed, as text" },
  record: { mimeType: "application/json", title: "record", description: "state, activity, exit and all else that is known of it" },
} as const;
export type Part = keyof typeof PARTS;

export type Named = { readonly kind: "nodes" } | { readonly kind: "sessions" } | { readonly kind: "session"; readonly target: string; readonly part: Part };

export const uriOf = (target: string, part: Part): string => `fleet://session/${target}/${part}`;
export const templateOf = (part: Part): string => `fleet://session/{target}/${part}`;

/** @returns undefined for what is no resource of this server */
export function parseUri(uri: string): Named | undefined {
  if (uri === NODES_URI) return { kind: "nodes" };
  if (uri === SESSIONS_URI) return { kind: "sessions" };
  const [, encoded, part] = /^fleet:\/\/session\/([^/]{1,240})\/(screen|log|record)$/.exec(uri) ?? [];
  if (encoded === undefined) return undefined;
  try {
    const target = decodeURIComponent(encoded);
    parseTarget(target);
    return { kind: "session", target, part: part as Part };
  } catch {
    return undefined;
  }
}
