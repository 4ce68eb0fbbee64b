// The session service: the one door by which verbs reach sessions.
import type { AttachAnswer, AttachInput, InputOf, nodeStorage, OutputOf, sessionGet, sessionKill, sessionLaunch, sessionList, sessionOutput, sessionPrune, sessionReport, sessionScreen, sessionSearch, sessionSend, sessionWait } from "@fleetwire/shared/bus";
import { type ActivityState, hasEnded, type SessionRecord } from "@fleetwire/shared/domain";
import type { AgentRules, HostEvent, HostInput } from "@fleetwire/shared/control";
import { FleetError } from "@fleetwire/shared/errors";
import type { SessionId, SessionRef } from "@fleetwire/shared/ids";
import type * as z from "zod/mini";
import { attach, type AttachOrigin } from "./attach.ts";
import { createBelief } from "./belief.ts";
import type { Core, SessionsDeps } from "./core.ts";
import { matches } from "./filter.ts";
import { findSession, type Only } from "./find-session.ts";
import { keepForgetting } from "./forget-ended.ts";
import { createKeyedLock } from "./keyed-lock.ts";
import { kill } from "./kill.ts";
import { launch, type LaunchOrigin } from "./launch.ts";
import { createLogSizes } from "./log-sizes.ts";
import { noteEnded, recordNow, tell } from "./life.ts";
import { outputOf, screenOf } from "./look.ts";
import { keepWithinBounds, prune, storage } from "./prune.ts";
import { rebuildFromDirectories } from "./rebuild.ts";
import { hostLost, reconcile, reconcileHost } from "./reconcile.ts";
import { createRefresh, refreshOne } from "./refresh.ts";
import { remove } from "./remove.ts";
import { report } from "./report.ts";
import { restart } from "./restart.ts";
import { keepRestarting } from "./restarts.ts";
import { search } from "./search.ts";
import { createToldRules } from "./told-rules.ts";
import { send, type SendOrigin } from "./send.ts";
import { untilChanged } from "./watch.ts";
import { worthTelling } from "./worth-telling.ts";

export interface Sessions extends AsyncDisposable {
  launch(input: InputOf<typeof sessionLaunch>, origin: LaunchOrigin): Promise<SessionRecord>;
  list(input: InputOf<typeof sessionList>, only?: Only): Promise<OutputOf<typeof sessionList>>;
  get(ref: SessionRef, only?: Only): Promise<OutputOf<typeof sessionGet>>;
  /** As it is known now; undefined when there is none. */
  record(id: SessionId): SessionRecord | undefined;
  send(input: InputOf<typeof sessionSend>, origin: SendOrigin): Promise<OutputOf<typeof sessionSend>>;
  report(ref: SessionRef, report: Omit<InputOf<typeof sessionReport>, "session">): Promise<OutputOf<typeof sessionReport>>;
  kill(input: InputOf<typeof sessionKill>, only?: Only): Promise<OutputOf<typeof sessionKill>>;
  remove(refs: readonly SessionRef[]): Promise<string[]>;
  prune(input: InputOf<typeof sessionPrune>): Promise<OutputOf<typeof sessionPrune>>;
  storage(): Promise<OutputOf<typeof nodeStorage>>;
  restart(ref: SessionRef, graceMs?: number): Promise<SessionRecord>;
  wait(input: InputOf<typeof sessionWait>, only?: Only): Promise<OutputOf<typeof sessionWait>>;
  screen(input: InputOf<typeof sessionScreen>, only?: Only): Promise<OutputOf<typeof sessionScreen>>;
  output(input: InputOf<typeof sessionOutput>, only?: Only): Promise<OutputOf<typeof sessionOutput>>;
  search(input: InputOf<typeof sessionSearch>, only?: Only): Promise<OutputOf<typeof sessionSearch>>;
  attach(input: z.output<typeof AttachInput>, origin: AttachOrigin): Promise<z.output<typeof AttachAnswer>>;
  /** Attaches by credentials that were taken back are closed, on every host and from now on. */
  believe(belief: HostInput<"believe">): void;
  /** How known agents are read from what they show. */
  readBy(agents: readonly AgentRules[]): void;
  count(): { running: number; total: number };
}

const PAGE = 500;
const WAIT_LOOK_MS = 300;

/** Everything that ran is adopted, and what happened meanwhile is written down, when this answers. */
export async function createSessions(deps: SessionsDeps): Promise<Sessions> {
  const over = new AbortController();
  const core: Core = { ...deps, lock: createKeyedLock(), live: new Map(), watchers: new Set(), over: over.signal, unfinished: new Set(), keptGpus: new Map(), rebuilding: Promise.resolve() };
  const refresh = createRefresh(core);
  const sizes = createLogSizes(core.stateDir, core.now);
  const record = (row: Parameters<typeof recordNow>[1]) => recordNow(core, row);

  await core.pool.adopted;
  reconcile(core);
  if (core.store.lost) rebuildFromDirectories(core);
  core.store.onReplaced(({ lost }) => {
    if (lost) core.rebuilding = findAgain(core).catch((error: unknown) => core.log.error({ err: error }, "what runs could not be found again"));
  });
  const belief = createBelief(core.pool, core.log);
  const rules = createToldRules(core.pool, core.log);
  core.pool.listen({
    event: (hostId, event) => hear(core, hostId, event),
    back(host) {
      void host.call("list", {}).then(({ sessions }) => reconcileHost(core, host, sessions), () => undefined);
      void belief.tell(host);
      void rules.tell(host);
    },
    lost: (hostId) => hostLost(core, hostId),
    running: (hostId) => core.store.sessions.runningIn(hostId),
  });
  const background = [keepRestarting(core), keepForgetting(core), keepWithinBounds(core, sizes, refresh)];

  return {
    async launch(input, origin) {
      return record(await launch(core, input, origin));
    },

    async list({ filter, after = 0, limit = PAGE }, only) {
      await refresh();
      const rows = core.store.sessions.all().filter((row) => row.id > after && (only === undefined || row.launched_by === only.launchedBy));
      const found = rows.map(record).filter((session) => matches(session, filter));
      return { sessions: found.slice(0, limit), more: found.length > limit, rev: core.store.rev() };
    },

    async get(ref, only) {
      const found = findSession(core, ref, only);
      const live = await refreshOne(core, found);
      const row = core.store.sessions.get(found.id) ?? found;
      const session = record(row);
      const last = session.lastOutputAt === null ? null : Date.parse(session.lastOutputAt);
      return {
        session,
        log: { start: live?.logStart ?? row.log_start, end: session.outputBytes },
        idleSeconds: last === null ? null : Math.max(0, Math.floor((core.now() - last) / 1000)),
      };
    },

    record(id) {
      const row = core.store.sessions.get(id);
      return row === undefined ? undefined : record(row);
    },

    send: (input, origin) => send(core, input, origin),
    report: (ref, said) => report(core, ref, said),
    kill: (input, only) => kill(core, input, only),
    remove: (refs) => remove(core, refs),
    prune: (input) => prune(core, sizes, refresh, input),
    storage: () => storage(core, sizes),

    async restart(ref, graceMs) {
      return record(await restart(core, ref, graceMs));
    },

    async wait({ session, until, waitMs }, only) {
      const found = findSession(core, session, only);
      if (until !== "exit") await refreshOne(core, found);
      const met = (row: typeof found) => (until === "exit" ? hasEnded(row.state) : isDoing(record(row), until) && !hasEnded(row.state));
      const row = await untilChanged(core, found.id, (now) => met(now) || hasEnded(now.state), waitMs, until === "exit" ? 0 : WAIT_LOOK_MS);
      if (row === undefined) throw new FleetError("unknown-session", `session ${found.id} was removed`);
      return { met: met(row), session: record(row) };
    },

    screen: (input, only) => screenOf(core, input, only),
    output: (input, only) => outputOf(core, input, only),
    search: (input, only) => search(core, input, refresh, only),
    attach: (input, origin) => attach(core, input, origin, refresh),
    believe: (next) => belief.set(next),
    readBy: (agents) => rules.set(agents),
    count: () => core.store.sessions.count(),

    async [Symbol.asyncDispose]() {
      over.abort();
      await Promise.allSettled([...background, ...core.unfinished]);
    },
  };
}

function isDoing({ activity: { state } }: SessionRecord, until: ActivityState): boolean {
  return state === until || (until === "idle" && state === "done");
}

/** The database was lost while the agent ran. */
async function findAgain(core: Core): Promise<void> {
  for (const host of core.pool.all()) {
    await host.call("list", {}).then(({ sessions }) => reconcileHost(core, host, sessions), (error: unknown) => core.log.warn({ host: host.hello.hostId, err: error }, "a PTY host did not say what it has"));
  }
  rebuildFromDirectories(core);
}

/** A fault here must not end the line to the host: what was missed is found when the line is made again, or the database is. */
function hear(core: Core, hostId: string, heard: HostEvent): void {
  try {
    if (heard.event === "signal") hearSignal(core, heard);
    else take(core, hostId, heard);
  } catch (error) {
    core.log.error({ event: heard.event, err: error }, "what a PTY host said could not be taken");
  }
}

function take(core: Core, hostId: string, { event, session }: Exclude<HostEvent, { event: "signal" }>): void {
  const row = core.store.sessions.get(session.id);
  if (row === undefined || row.epoch !== session.epoch) return;
  const before = core.live.get(session.id);
  core.live.set(session.id, session);
  if (event === "ended") return noteEnded(core, row, session);
  if (worthTelling(before, session)) tell(core, "session-changed", row);
  if (row.host_id !== hostId) core.log.debug({ session: row.id, host: hostId }, "told by another host than its own");
}

function hearSignal(core: Core, { id, epoch, signal }: Extract<HostEvent, { event: "signal" }>): void {
  const row = core.store.sessions.get(id);
  if (row?.epoch === epoch) core.node.say({ kind: "terminal-signal", about: { id, name: row.name, tags: row.tags }, signal: { session: id, ...signal } });
}
