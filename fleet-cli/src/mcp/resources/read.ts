import { FleetError } from "@fleetwire/shared/errors";
import { printable } from "@fleetwire/shared/ids";
import { readOutput } from "../read-output.ts";
import { readScreen } from "../read-screen.ts";
import { briefOf, fitting, fullOf, nodeOf } from "../records.ts";
import type { ReadResourceResult } from "../sdk.ts";
import type { ToolContext } from "../tool.ts";
import { harmless } from "../untrusted.ts";
import { parseUri, PARTS, type Named } from "./uris.ts";

type Context = Pick<ToolContext, "fleet" | "limits" | "settings" | "signal">;

const LINES = 10_000;

/** @throws FleetError `bad-input` for what is no resource, or what the fleet says */
export async function readResource(uri: string, context: Context): Promise<ReadResourceResult> {
  const named = parseUri(uri);
  if (named === undefined) throw new FleetError("bad-input", `there is no resource '${printable(uri)}'`, { hint: "fleet://nodes, fleet://sessions, fleet://session/TARGET/screen, …/log, …/record" });
  const text = await textOf(named, context);
  const mimeType = named.kind === "session" ? PARTS[named.part].mimeType : "application/json";
  return { contents: [{ uri, mimeType, text }] };
}

async function textOf(named: Named, { fleet, limits, settings, signal }: Context): Promise<string> {
  const json = (value: unknown) => JSON.stringify(harmless(value), null, 2);
  if (named.kind === "nodes") return json(fitting((await fleet.nodes()).nodes.map(nodeOf), limits.maxChars));
  if (named.kind === "sessions") return json(fitting((await fleet.sessions({})).sessions.map((session) => briefOf(session, settings.session)), limits.maxChars));
  const found = await fleet.session(named.target, { signal });
  if (named.part === "record") return json({ session: fullOf(found.session, settings.session), log: found.log, idleSeconds: found.idleSeconds });
  if (named.part === "screen") return (await readScreen(fleet, found, { scrollback: 0, signal })).text.slice(-limits.maxChars);
  const from = Math.max(found.log.start, found.log.end - limits.maxChars);
  return (await readOutput(fleet, found, { from, maxBytes: limits.maxChars, signal })).readLast(LINES, from === found.log.start).text;
}
