// The node agent, built in order. It may be stopped, killed or replaced at any moment: sessions run in PTY hosts and go on.
// Long because it is the one place where parts are given to each other, and what is built first is taken down last.
import { randomBytes } from "node:crypto";
import { hostname } from "node:os";
import { join } from "node:path";
import type { Credentials, RelayAnnouncement } from "@fleetwire/shared/bus";
import { FleetError } from "@fleetwire/shared/errors";
import { PublicKey } from "@fleetwire/shared/ids";
import { watchAgentRules } from "./agent-rules/index.ts";
import { openAudit, type Audit } from "./audit/index.ts";
import { createAgentControl } from "./agent-control.ts";
import { createDirectTokens, createDispatcher, createOperations, createRecorder, HANDLERS, openHttp, openSessionSockets, type Dispatcher, type DirectTokens } from "./bus/index.ts";
import { callerOf } from "./caller-of.ts";
import { ensureDirectories, readSettings, VERSION, type Environment } from "./config/index.ts";
import { createDrain, drainOf } from "./drain.ts";
import { openFleetLink } from "./fleet/index.ts";
import { createGateway } from "./gateway/index.ts";
import { createAskTool, createGpuProbe, readDevices } from "./gpus/index.ts";
import { createHub, joinFleet, type Hub } from "./hub/index.ts";
import { createHubAudit } from "./hub-audit.ts";
import { createLiveSettings } from "./live-settings.ts";
import { openLog } from "./log/index.ts";
import { createMembership } from "./membership.ts";
import { createMessages, type Messages } from "./messages/index.ts";
import { createNodeService } from "./node/index.ts";
import { createNodeCounts, createNodeMetrics } from "./node-metrics.ts";
import { createNotifications } from "./notifications.ts";
import { keepNodeKey, readOrCreateNodeKey } from "./node-key.ts";
import { createProcesses } from "./processes/index.ts";
import { leaveSessionGroup } from "./pty-host/index.ts";
import { createRelayed } from "./relayed.ts";
import { createSearch } from "./search/index.ts";
import { createServices, unitProcesses } from "./services/index.ts";
import { createSessions, loginEnvironment, openHostPool } from "./sessions/index.ts";
import { acquireLock, openStore } from "./store/index.ts";
import { createMetricsDoor, registryPage } from "./serve-metrics.ts";
import { createTerminals } from "./terminals.ts";
import { createWarnings } from "./warnings.ts";
import { diskWarning, watchDisk } from "./watch-disk.ts";

export interface AgentOptions {
  readonly env: Environment;
  readonly home: string;
  /** Aborted: stop. Sessions go on. */
  readonly signal: AbortSignal;
  /** The bundled `fleet-pty.js`. */
  readonly ptyHost: string;
  /** The bundled `search-worker.js`. */
  readonly searchWorker: URL;
  /** Command line of the registry, without `--state DIR`. */
  readonly registryCommand: readonly string[];
  /** Likewise of the relay. */
  readonly relayCommand: readonly string[];
  /** Calls the listener when the configuration is to be read again. */
  readonly onReload?: (listener: () => void) => void;
  /** Called when every verb is answered. */
  readonly onReady?: () => void;
}

/** Longest wait for a GPU's tool; a launch that wants one waits no longer than that. */
const GPU_TOOL_MS = 3_000;

/** Runs until the signal, or until the verb agent-stop. @throws FleetError `agent-running`, `bad-config`, `unsafe-permissions`, … */
export async function runAgent(options: AgentOptions): Promise<void> {
  const { env, home } = options;
  const startedAt = Date.now();
  const numbering = { beats: 0, events: 0 };
  const instance = randomBytes(9).toString("base64url");
  const stopping = new AbortController();
  const stopped = AbortSignal.any([options.signal, stopping.signal]);
  const first = readSettings(env, home, hostname());
  const { paths } = first;

  // Who holds the lock may remove sockets and write state; nobody else gets past this line.
  ensureDirectories(paths);
  using _lock = acquireLock(paths.state, paths.run);
  using logFile = openLog(join(paths.logs, "agent.log"), first.logLevel);
  const named = (name: string) => logFile.log.child({ name });
  const log = named("agent");
  const nodeKey = readOrCreateNodeKey(join(paths.state, "node.nk"));
  const nodePublicKey = PublicKey.parse(nodeKey.publicKey);

  // First what takes longest (a PTY host where none runs), then the door; requests wait there until all is built.
  const loginEnv = loginEnvironment(env, home);
  leaveSessionGroup();
  let perHost = () => first.perHost;
  let changed = () => {};
  let messages: () => Messages | undefined = () => undefined;
  await using pool = openHostPool({ program: { script: options.ptyHost, runDir: paths.run, agentSocket: paths.agentSocket, version: VERSION, env: loginEnv }, nodeKey: nodePublicKey, perHost: () => perHost(), log: named("hosts") });
  const built = deferred<{ dispatcher: Dispatcher; tokens: DirectTokens; audit: Audit; metrics: () => Promise<string> }>();
  const counts = createNodeCounts();
  const later = <T>(pick: (all: Awaited<typeof built.promise>) => T): Promise<T> => {
    const picked = built.promise.then(pick);
    picked.catch(() => undefined);
    return picked;
  };
  const dispatching = later(({ dispatcher }) => dispatcher);
  const noToken = (url: string) => {
    counts.refused("bad-bearer");
    void later(({ audit }) => audit.refused({ who: { carrier: "direct", proved: false }, verb: url.replace(/^\/v1\//, ""), input: {} }, "bad-bearer"));
  };
  await using door = await openHttp(paths.agentSocket, { dispatcher: dispatching, caller: callerOf(later(({ tokens }) => tokens), noToken), version: VERSION, metrics: later(({ metrics }) => metrics) });
  await using sockets = openSessionSockets(join(paths.run, "s"), dispatching, VERSION, named("bus"));

  try {
    let keepEvents = () => first.keepEvents;
    using store = openStore(paths.state, Date.now, () => ({ count: keepEvents().count, age: keepEvents().days * 86_400_000 }));
    const warnings = createWarnings();
    if (store.setAside !== undefined || store.lost) {
      const where = store.setAside === undefined ? "was lost" : `was damaged and lies in ${store.setAside}`;
      if (store.failure === undefined) warnings.set("database", `the database ${where}; what runs was found again`);
      log.error({ setAside: store.setAside }, "the database was lost or damaged");
    }
    if (store.failure !== undefined) warnings.set("disk", diskWarning(store.failure));
    const settings = createLiveSettings(first, store, { env, home, hostname: hostname() });
    perHost = () => settings.current().perHost;
    keepEvents = () => settings.current().keepEvents;
    const processes = createProcesses({ env, log: named("processes") });
    const askTool = createAskTool(GPU_TOOL_MS, (program) => processes.find(program));
    const gpus = createGpuProbe(Date.now, (before) => readDevices(askTool, before), () => void node.changed());
    await using audit = openAudit({
      directory: join(paths.state, "audit"),
      key: nodeKey,
      version: VERSION,
      settings: () => settings.current().audit,
      onWarning: (text) => {
        warnings.set("audit", text);
        changed();
      },
      now: Date.now,
      log: named("audit"),
    });
    const node = createNodeService({
      key: nodeKey.publicKey,
      version: VERSION,
      startedAt,
      store,
      facts: () => {
        const { nodeName: name, pool: poolName, labels, open } = settings.current();
        return { name, pool: membership.pool() ?? poolName, labels, open, url: terminals.url(), relay: relayed.url(), draining: settings.stored().draining ?? false, drain: drainOf(settings.stored()), warning: warnings.about("disk") ?? warnings.about("database") ?? warnings.about("audit") };
      },
      gpus,
      now: Date.now,
      log: named("node"),
    });
    changed = () => void node.changed();
    using gateway = createGateway({ directory: join(paths.state, "gateway"), processes });
    using relayed = createRelayed({ pool, nodeKey, onChange: () => void node.changed(), now: Date.now, log: named("relay") });
    const terminals = createTerminals({
      settings,
      pool,
      gateway,
      hub: (): Hub => hub,
      relayed: () => relayed.addresses(),
      fleetHosts: () => membership.hosts(),
      canGateway: () => processes.find("caddy") !== undefined,
      warnings,
      onChange: () => void node.changed(),
      log: named("terminals"),
    });
    await using hubAudit = createHubAudit({ stateDir: paths.state, key: nodeKey, version: VERSION, settings: () => settings.current().audit, onWarning: (text) => warnings.set("hub-audit", text), log: named("audit") });
    using hub = createHub({ stateDir: paths.state, configDir: paths.config, nodeKey, nodeName: () => node.name(), processes: unitProcesses(processes, paths.state), gateway, registryCommand: options.registryCommand, relayCommand: options.relayCommand, now: Date.now, onAction: (action) => hubAudit.record(action), log: named("hub") });
    const refused = ({ key, verb, code }: { key: string; verb: string; code: string }) => {
      counts.refused(code);
      audit.refused({ who: { carrier: "bus", key, proved: false }, verb, input: {} }, code);
    };
    // The hub's own machine is where the relay is: whoever reaches that reaches this node.
    const hearOfRelay = (announced: RelayAnnouncement | undefined, credentials: Credentials | undefined) => {
      relayed.heard(announced === undefined || credentials === undefined || hub.isUp() ? undefined : { announced, credentials });
    };
    await using membership = createMembership({
      stateDir: paths.state,
      settings,
      open: (link, keys) =>
        openFleetLink({
          ...keys,
          settings: link,
          nodeKey,
          instance,
          startedAt,
          numbering,
          node,
          dispatch: dispatcher,
          onRelay: (announced) => hearOfRelay(announced, link.credentials),
          audited: () => audit.chain.head().seq,
          onConnected: () => {
            counts.connected();
            messages()?.connected();
          },
          onRefused: refused,
          log: named("fleet"),
        }),
      joinFleet: (token, name) => joinFleet({ stateDir: paths.state, configDir: paths.config, nodeKey, hostname: hostname() }, token, name),
      onTrust: ({ revoked, issuers }) => sessions.believe({ revoked, issuers: issuers.map(({ key }) => key) }),
      onChange: () => terminals.refresh(),
      onNoRelay: () => relayed.heard(undefined),
      warnings,
      log: named("fleet"),
    });
    await using sessions = await createSessions({
      store,
      pool,
      node,
      nodeKey,
      stateDir: paths.state,
      home,
      loginEnv,
      limits: () => ({ ...settings.current(), draining: settings.stored().draining ?? false }),
      addresses: () => terminals.addresses(),
      sockets,
      gpus,
      search: createSearch(options.searchWorker),
      log: named("sessions"),
      now: Date.now,
    });
    using mailboxes = createMessages({ store, node, sessionRecord: (id) => sessions.record(id), peers: () => membership.peers(), log: named("messages"), now: Date.now });
    messages = () => mailboxes;
    store.onReplaced(({ setAside, lost }) => {
      const where = setAside === undefined ? "was removed" : `was damaged or replaced, lies in ${setAside},`;
      warnings.set("database", `the database ${where} while the node ran; ${lost ? "what runs was found again" : "it was written anew, and nothing is lost"}`);
      log.error({ setAside, lost }, "the database was replaced");
      keepNodeKey(join(paths.state, "node.nk"), nodeKey);
      if (lost) settings.keep();
      node.changed();
    });
    using _rules = watchAgentRules({
      directory: join(paths.config, "agents"),
      onRules: (agents) => sessions.readBy(agents),
      onFault(text) {
        warnings.set("agent-rules", text);
        if (text !== undefined) log.warn({}, text);
      },
    });
    await using notifications = createNotifications({ settings, history: node.history, stateDir: paths.state, env: loginEnv, warnings, log: named("notify") });
    await using _disk = watchDisk({ store, warnings, node, log });
    await using drain = createDrain({ settings, node, sessions, log: named("drain"), now: Date.now });
    const agent = createAgentControl({ instance, settings, node, sessions, pool, membership, terminals, relayed, gateway, hub, warnings, stop: () => stopping.abort() });
    const tokens = createDirectTokens(store.tokens, Date.now);
    const serviceManager = createServices({ env, home, stateDir: paths.state, runDir: paths.run, agent: options.registryCommand.slice(0, -1), registry: options.registryCommand, relay: options.relayCommand, findProgram: (program) => processes.find(program), hub });
    const dispatcher = createDispatcher({
      handlers: HANDLERS,
      services: { sessions, node, store, tokens, gateway, hub, fleet: membership, agent, audit, drain, serviceManager, messages: mailboxes },
      operations: createOperations(store.operations, Date.now),
      recorder: createRecorder(audit, Date.now),
      onAnswered: (verb, outcome, seconds) => counts.request(verb, outcome, seconds),
      isOpen: () => settings.current().open,
      log: named("bus"),
    });
    using metrics = createNodeMetrics(counts, {
      node, sessions, store, pool, hub,
      linkState: () => membership.status().state,
      audited: () => audit.chain.head().seq,
      warnings: () => warnings.all(),
      registryText: registryPage(paths.state),
      now: Date.now,
    });
    await using metricsDoor = createMetricsDoor(() => settings.current().metrics, () => metrics.text(), warnings, named("metrics"));
    built.resolve({ dispatcher, tokens, audit, metrics: () => metrics.text() });
    log.info({ version: VERSION, node: node.name(), instance }, "ready");
    options.onReady?.();

    // Beside the answering: what needs other programs, or other machines.
    pool.onCurrent(() => terminals.refresh());
    await metricsDoor.refresh();
    const rest = hub.resume().then(() => membership.refresh()).catch((error: unknown) => log.error({ err: error }, "the link to the fleet can't be made"));
    options.onReload?.(() => {
      try {
        settings.reload();
        logFile.log.level = settings.current().logLevel;
        node.changed();
        void metricsDoor.refresh();
        void membership.refresh().then(() => terminals.refresh());
        void notifications.refresh();
        warnings.set("config", undefined);
        log.info({}, "configuration read again");
      } catch (error) {
        warnings.set("config", `the configuration was not read again: ${FleetError.from(error).message}`);
        log.error({ err: error }, "the configuration can't be used; the old one stays");
      }
    });

    await aborted(stopped);
    node.history.close();
    log.info({ running: sessions.count().running }, "stopping; sessions go on");
    // No new work, and what is under way is answered, before anything it needs is taken away.
    await Promise.all([door[Symbol.asyncDispose](), sockets[Symbol.asyncDispose]()]);
    await rest;
  } catch (error) {
    built.reject(error);
    log.fatal({ err: error }, "the agent can't go on");
    throw error;
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}

function deferred<T>() {
  let resolve!: (value: T) => void;
  let reject!: (error: unknown) => void;
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}
