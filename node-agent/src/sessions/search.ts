// Which sessions' logs a search goes through, and whose they are.
import type { InputOf, OutputOf, sessionSearch } from "@fleetwire/shared/bus";
import type { SessionRecord } from "@fleetwire/shared/domain";
import type { Core } from "./core.ts";
import { matches } from "./filter.ts";
import { findSession, type Only } from "./find-session.ts";
import { sessionDirectory } from "./host-files.ts";
import { recordNow } from "./life.ts";

/** A message may have 256 KiB. */
const PAGE_BYTES = 180 * 1024;
const LIMIT = 100;

/** @throws FleetError `unknown-session`, `denied`, and as a page of a search */
export async function search(core: Core, input: InputOf<typeof sessionSearch>, refresh: () => Promise<void>, only?: Only): Promise<OutputOf<typeof sessionSearch>> {
  const { pattern, cursor, sinceMs, context = 0, limit = LIMIT } = input;
  await refresh();
  const all = searched(core, input, only).toSorted((a, b) => b.id - a.id);
  const left = cursor === undefined ? all : all.filter(({ id }) => id <= cursor.session);
  const logs = left.map(({ id, outputBytes }) => ({ session: id, directory: sessionDirectory(core.stateDir, id), upTo: outputBytes }));
  // The session that the page before ended in may be gone.
  const place = cursor !== undefined && logs[0]?.session === cursor.session ? { offset: cursor.offset, after: cursor.after } : undefined;
  const { found, next, sessions, bytes } = await core.search.page({ pattern, logs, context, limit, bytes: PAGE_BYTES, ...(place === undefined ? {} : { cursor: place }), ...(sinceMs === undefined ? {} : { sinceMs }) });
  const byId = new Map(left.map((session) => [session.id, session]));
  return {
    matches: found.flatMap(({ session, ...match }) => {
      const record = byId.get(session);
      return record === undefined ? [] : [{ target: record.target, session, name: record.name, ...match }];
    }),
    next,
    searched: { sessions, bytes },
  };
}

function searched(core: Core, { sessions, filter }: InputOf<typeof sessionSearch>, only: Only | undefined): SessionRecord[] {
  const rows = sessions === undefined ? core.store.sessions.all().filter((row) => only === undefined || row.launched_by === only.launchedBy) : sessions.map((ref) => findSession(core, ref, only));
  const records = [...new Map(rows.map((row) => [row.id, recordNow(core, row)])).values()];
  return records.filter((session) => matches(session, filter));
}
