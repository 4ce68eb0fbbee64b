// The registry process: its connections, and the wires between them and its mind.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { auditChain, type Credentials, eventList, isOwnInbox, openRequest, readQuerySubject, REGISTRY_CONTRACTS, type RegistryView, type RelayAnnouncement, sealReply, subjects } from "@fleetwire/shared/bus";
import { type ErrorRecord, FleetError, parseOr } from "@fleetwire/shared/errors";
import type { PublicKey } from "@fleetwire/shared/ids";
import { createKeyPair, type KeyPair, keyPairFromSeed } from "@fleetwire/shared/keys";
import { VERSION } from "../config/index.ts";
import { type Connection, connectOnce, flushed, judgeCaller, keepConnected, type Keeper, signedId } from "../fleet/index.ts";
import { type Announcer, createAnnouncer } from "./announce.ts";
import { createAuditCopies } from "./audit-copy.ts";
import { createAuditViews } from "./audit-views.ts";
import { enroll } from "./enroll.ts";
import { announcedRelay, readRegistryLogin, registryFiles, type ServiceUsers, writePrivateFile } from "./hub-files.ts";
import type { Desk } from "./issue.ts";
import { createHistory, type History } from "./history/history.ts";
import { createKeep, openBucket, type Bucket, type Keep } from "./keep.ts";
import { openOwnRecord, type OwnRecord, type Question } from "./own-record.ts";
import { createRegistryMetrics, type RegistryMetrics } from "./registry-metrics.ts";
import { createRegistry, type Registry } from "./registry.ts";
import { openRegister } from "./register.ts";
import { renew } from "./renew.ts";
import { copyRegister, REGISTER_BUCKET, shareRegister } from "./shared-register.ts";
import { watchServer } from "./server-events.ts";
import { createSync } from "./sync.ts";
import { alarmEvent, tellAlarm } from "./tell-alarm.ts";
import { createTable } from "./table.ts";
import type { RegistryOptions } from "./types.ts";

const QUEUE = "registry";
const MAX_PAYLOAD = 1024 * 1024;
/** A record is text inside text when it is sent: quotes become longer. */
const TEXT_SHARE = 0.7;

interface Self {
  readonly key: KeyPair;
  readonly fleet: Credentials["facts"]["fleet"];
  readonly urls: readonly string[];
  readonly credentials?: Credentials;
  readonly services?: ServiceUsers;
}

interface Parts {
  readonly self: Self;
  readonly registry: Registry;
  /** Undefined on a plain NATS. */
  readonly announcer: Announcer | undefined;
  readonly record: OwnRecord;
  readonly metrics: RegistryMetrics;
}

/** Runs until the signal is aborted. @throws FleetError `bad-config` when the hub's files are not there */
export async function runRegistry(options: RegistryOptions): Promise<void> {
  const { stateDir, signal, log } = options;
  const self = whoAmI(options);
  const table = createTable();
  let keep: Keep | undefined;
  let connected: Keeper | undefined;
  let shared: Bucket | undefined;
  using announcer = self.credentials === undefined ? undefined : createAnnouncer({ hubDirectory: stateDir, fleet: self.fleet, key: self.key, registries: self.credentials.facts.registries, log });
  const desk = announcer === undefined ? undefined : deskOf(options, announcer, () => shared);
  const sync = createSync({ fleet: self.fleet, key: self.key, jwt: self.credentials?.jwt, connection: () => connected?.current(), onSynced: (row) => keep?.changed(row), log });
  const copies = createAuditCopies({
    hubDirectory: stateDir,
    ask: async (row, input) => parseOr(auditChain.output, await sync.ask(row, auditChain.verb, input), "the node's audit record"),
    onAlarm(row, alarm) {
      const event = alarmEvent(row, alarm);
      history.found(row, `${alarm.code}.${alarm.seq}`, event);
      tellAlarm(connected?.current(), self, event);
    },
    now: Date.now,
    log,
  });
  const record = openOwnRecord(stateDir, self.key, log);
  let hearsSince: number | undefined;
  using history = createHistory({
    fleet: self.fleet,
    rows: () => table.all(),
    holderOf: (name) => table.byName(name),
    ask: async (row, query) => parseOr(eventList.output, await sync.ask(row, eventList.verb, query), "the node's events"),
    hearsSince: () => (connected?.current() === undefined ? undefined : hearsSince),
    now: Date.now,
    log,
  });
  const registry = createRegistry({
    table,
    history,
    now: Date.now,
    onAudited: (row, seq) => copies.heard(row, seq),
    audit: createAuditViews(stateDir, table, copies),
    onStale: (row) => sync.want(row),
    onEvent: (row, event) => sync.during(row, event),
    onChanged: (row) => keep?.changed(row),
    onForgotten(key) {
      keep?.forget(key);
      copies.of(key).clear();
    },
    relay: () => (self.credentials === undefined ? undefined : relayOf(stateDir, self.credentials)),
    enroll: (request) => enroll(needDesk(desk), request),
    renew: (claims) => renew(needDesk(desk), claims),
    trust: () => announcer && { revision: announcer.current().revision, statement: announcer.statement() },
    log,
  });

  const metrics = createRegistryMetrics();
  metrics.measure({ table, registry, sync, now: Date.now });

  const quiet = { onState: (state: string, error?: FleetError) => log.info({ state, reason: error?.message }, "registry"), ends: () => false, log };
  const keepers: AsyncDisposable[] = [];
  try {
    const page = await metrics.serve(stateDir, log);
    if (page !== undefined) keepers.push(page);
    // Rows that were kept come first: the first answer already has them.
    const kept = await openKeep(self, options, history, (bucket) => (shared = bucket));
    if (kept !== undefined) {
      keepers.push(kept.connection);
      keep = createKeep(kept.bucket, () => table.all(), log);
      for (const row of await keep.load(signal)) table.put(row);
      log.info({ nodes: table.size() }, "rows found again");
    }
    history.begin();
    const login = loginOf(self);
    const serving = (connection: Connection) => serve(connection, { self, registry, announcer, record, metrics }, options).then((over) => ((hearsSince = Date.now()), over));
    connected = keepConnected({ ...quiet, connect: () => connectOnce({ ...login, name: "fleet-registry" }), serve: serving });
    keepers.push(connected);
    const { services, credentials } = self;
    if (services !== undefined && credentials !== undefined) {
      const { jwt, seed } = services.system;
      const account = accountOf(credentials);
      const connect = () => connectOnce({ urls: self.urls, name: "fleet-registry events", login: { kind: "jwt", jwt, key: keyPairFromSeed(seed) }, ca: credentials.facts.ca });
      keepers.push(keepConnected({ ...quiet, connect, serve: async (connection) => (await watchServer(connection, account, (key) => registry.gone(key)), () => undefined) }));
    }
    await new Promise<void>((resolve) => (signal.aborted ? resolve() : signal.addEventListener("abort", () => resolve(), { once: true })));
  } finally {
    sync[Symbol.dispose]();
    await copies[Symbol.asyncDispose]();
    await record[Symbol.asyncDispose]();
    await keep?.[Symbol.asyncDispose]();
    for (const keeper of keepers.toReversed()) await keeper[Symbol.asyncDispose]();
  }
}

function whoAmI({ stateDir, plain }: RegistryOptions): Self {
  if (plain === undefined) {
    const { credentials, services, seed } = readRegistryLogin(stateDir);
    return { key: keyPairFromSeed(seed), fleet: credentials.facts.fleet, urls: credentials.facts.urls, credentials, services };
  }
  const file = join(stateDir, "registry.nk");
  const key = existsSync(file) ? keyPairFromSeed(readFileSync(file, "utf8")) : createKeyPair("user");
  if (!existsSync(file)) writePrivateFile(file, `${key.seed}\n`);
  return { key, fleet: plain.fleet, urls: plain.urls };
}

function deskOf({ stateDir, log, onCredential }: RegistryOptions, announcer: Announcer, bucket: () => Bucket | undefined): Desk {
  const register = openRegister(stateDir);
  return { hubDirectory: stateDir, trust: () => announcer.current(), ...shareRegister(register, bucket, log), credential: (key) => register.credential(key), now: Date.now, onEvent: (event) => onCredential?.(event) };
}

function needDesk(desk: Desk | undefined): Desk {
  if (desk === undefined) throw new FleetError("bad-token", "a plain NATS has no credentials to give");
  return desk;
}

function loginOf({ key, urls, credentials }: Self) {
  return {
    urls,
    login: credentials === undefined ? ({ kind: "none" } as const) : ({ kind: "jwt", jwt: credentials.jwt, key } as const),
    inboxOf: key.publicKey as PublicKey,
    ca: credentials?.facts.ca,
  };
}

/** A bucket and the connection it lives on; undefined without JetStream. Waits for the NATS server, for ever. */
async function openKeep({ services, credentials, urls }: Self, { stateDir, signal, log }: RegistryOptions, history: History, onRegister: (bucket: Bucket) => void): Promise<{ connection: Keeper; bucket: () => Bucket } | undefined> {
  const login = services === undefined ? ({ kind: "none" } as const) : ({ kind: "jwt", jwt: services.store.jwt, key: keyPairFromSeed(services.store.seed) } as const);
  let bucket: Bucket | undefined;
  let tried = () => {};
  const first = new Promise<void>((resolve) => (tried = resolve));
  const connection = keepConnected({
    connect: () => connectOnce({ urls, name: "fleet-registry store", login, ca: credentials?.facts.ca }),
    serve: async (open) => {
      // Where there was JetStream before, it is only slower to start than its server.
      const isAgain = bucket !== undefined;
      bucket = (await openBucket(open, services === undefined && !isAgain ? 1 : 10, log)) ?? bucket;
      const end = services === undefined || bucket === undefined ? undefined : await joinRegister(open);
      if (isAgain) void history.attach(open, Number.POSITIVE_INFINITY);
      else if (bucket !== undefined) await history.attach(open, 5);
      tried();
      return () => end?.();
    },
    onState: () => undefined,
    ends: () => false,
    log,
  });
  /** With JetStream there, no registry enrols without it: another one may not see this one's files. */
  async function joinRegister(open: Connection): Promise<() => void> {
    const register = await openBucket(open, 10, log, REGISTER_BUCKET);
    if (register === undefined) throw new FleetError("nats-unreachable", "the register's bucket can't be opened");
    onRegister(register);
    return copyRegister(register, openRegister(stateDir), log);
  }
  signal.addEventListener("abort", tried, { once: true });
  await first;
  if (bucket !== undefined) return { connection, bucket: () => bucket as Bucket };
  await connection[Symbol.asyncDispose]();
  return undefined;
}

async function serve(connection: Connection, parts: Parts, { stateDir, onReady }: RegistryOptions): Promise<() => void> {
  const { self, registry, announcer } = parts;
  for (const subject of [subjects.beat(self.fleet, "*"), subjects.events(self.fleet)]) {
    connection.subscribe(subject, { callback: (_error, message) => message && registry.hear(message.subject, message.string()) });
  }
  for (const view of Object.keys(REGISTRY_CONTRACTS)) {
    // One of several registries answers; what is forgotten is forgotten by all, and the first answer counts.
    const queue = view === "forget" ? undefined : QUEUE;
    connection.subscribe(subjects.query(self.fleet, view, "*"), { queue, callback: (_error, message) => void (message && answer(connection, parts, message)) });
  }
  const silence = announcer?.serve(connection);
  await flushed(connection).catch((error: unknown) => {
    silence?.();
    throw error;
  });
  // Whoever started this process waits for it.
  if (self.services !== undefined) writePrivateFile(registryFiles(stateDir).ready, `${process.pid}\n`);
  onReady?.();
  return () => silence?.();
}

async function answer(connection: Connection, { self, registry, announcer, record, metrics }: Parts, message: { subject: string; reply?: string; string(): string; respond(data: string): boolean }): Promise<void> {
  const subject = readQuerySubject(message.subject);
  if (subject === undefined || !(subject.view in REGISTRY_CONTRACTS) || !isOwnInbox(message.reply, subject.caller)) return;
  const view = subject.view as RegistryView;
  const question: Question = { view, key: subject.caller };
  const began = performance.now();
  const answered = (outcome: string) => metrics.query(view, outcome, (performance.now() - began) / 1000);
  const limit = Math.min(MAX_PAYLOAD, connection.info?.max_payload ?? MAX_PAYLOAD) - 512;
  try {
    const { request, claims } = openRequest(message.string(), { caller: subject.caller, target: "registry", verb: view }, Date.now());
    const { id, body } = Object.assign(question, { id: request.id, body: request.body });
    const caller = view === "enroll" ? undefined : judgeCaller(request.caller, claims, { issuers: [], ...announcer?.current(), open: announcer === undefined }, Date.now());
    question.caller = caller;
    for (let bytes = limit * TEXT_SHARE; ; bytes /= 2) {
      const result = await record.run(question, () => registry.answer({ view, id, body, caller, claims, bytes }));
      const sealed = sealReply({ id, at: Date.now(), version: VERSION, result }, self.key);
      if (Buffer.byteLength(sealed) > limit && bytes > 1_000) continue;
      message.respond(sealed);
      return answered("ok");
    }
  } catch (error) {
    const failure = FleetError.from(error);
    answered("error");
    record.failed(question, failure.code);
    // Who didn't sign a request gets no answer.
    question.id ??= signedId(message.string(), subject.caller);
    if (question.id === undefined) return;
    const told: ErrorRecord = failure.toRecord();
    if (!connection.isClosed()) message.respond(sealReply({ id: question.id, at: Date.now(), version: VERSION, error: told }, self.key));
  }
}

function relayOf(stateDir: string, { facts }: Credentials): RelayAnnouncement | undefined {
  const url = announcedRelay(stateDir);
  return url === undefined ? undefined : { url, ca: facts.ca };
}

/** The account whose users the fleet's are: the JWT says it. */
function accountOf({ jwt }: Credentials): string {
  const claims = JSON.parse(Buffer.from(jwt.split(".")[1] ?? "", "base64url").toString("utf8")) as { nats?: { issuer_account?: string } };
  return claims.nats?.issuer_account ?? "";
}

