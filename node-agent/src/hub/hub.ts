// The hub of this machine: nats-server, registry and their keys (DESIGN §2 "Hub"). Its programs outlive the agent.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { hubInit, hubToken, InputOf, Issued, OutputOf, PartStatus } from "@fleetwire/shared/bus";
import { FleetError } from "@fleetwire/shared/errors";
import { announceRelay, openRegister, readJsonFile, readSigners, readTrustState, writePrivateFile } from "../registry/index.ts";
import type { PoolName } from "@fleetwire/shared/ids";
import type { Program } from "../processes/index.ts";
import type { HubPlace } from "./account-update.ts";
import { readOrCreateSeed, storeCredentials } from "./credentials.ts";
import { findIssued, listIssued } from "./given-out.ts";
import { HubFile, hubFiles } from "./layout.ts";
import { forgetReady, natsProgram, natsVersion, registryProgram, relayProgram } from "./programs.ts";
import type { RotateDeps } from "./rotate.ts";
import type { Hub, HubDeps, HubStatus } from "./types.ts";

export function createHub(deps: HubDeps): Hub {
  const { stateDir, configDir, processes, gateway, log } = deps;
  const files = hubFiles(join(stateDir, "hub"));
  let nats: Program | undefined;
  let registry: Program | undefined;
  let relay: Program | undefined;
  let relayProblem: FleetError | undefined;
  let problem: FleetError | undefined;
  let changing: Promise<void> = Promise.resolve();

  const exists = () => existsSync(files.hub);

  function read(): HubFile {
    if (!exists()) throw new FleetError("hub-missing", "there is no hub on this machine");
    return readJsonFile(files.hub, HubFile);
  }
  /** One change of the hub, its keys or its tokens after the other. */
  function serial<T>(change: () => Promise<T>): Promise<T> {
    const next = changing.then(change);
    changing = next.then(() => undefined, () => undefined);
    return next;
  }
  function place(): HubPlace {
    const hub = read();
    // Right after the agent's start it may run without anybody here having looked.
    nats ??= processes.adopt(natsProgram(hub, files));
    return { hub, files, ca: ca(), running: nats?.status().state === "running" };
  }
  /** This machine's node may have another name since. */
  const named = (one: Issued): Issued => (one.id === deps.nodeKey.publicKey ? { ...one, name: deps.nodeName() } : one);
  function issued(): Issued[] {
    read();
    return listIssued(openRegister(files.directory), readTrustState(files.directory), deps.now()).map(named);
  }
  const setUp = (hub: HubFile, up: boolean) => writePrivateFile(files.hub, JSON.stringify({ ...hub, up }, null, 2));
  const ca = () => readFileSync(files.caCert, "utf8");

  async function init(input: InputOf<typeof hubInit>): Promise<OutputOf<typeof hubInit>> {
    // Key and certificate makers are loaded on use: no agent needs them to start.
    const { initHub, hubUrl } = await import("./init.ts");
    const callerKey = readOrCreateSeed(join(configDir, "caller.nk"));
    const made = await initHub({ directory: files.directory, nodeKey: deps.nodeKey, callerKey, nodeName: deps.nodeName() }, input);
    storeCredentials(join(configDir, "credentials.json"), made.caller);
    storeCredentials(join(stateDir, "credentials.json"), made.node);
    deps.onAction({ at: deps.now(), kind: "hub-init", fleet: made.hub.fleet, publicBind: made.hub.host !== null });
    log.info({ fleet: made.hub.fleet, port: made.hub.natsPort }, "hub made");
    return { fleet: made.hub.fleet, urls: [hubUrl(made.hub)], directory: files.directory, publicBind: made.hub.host !== null };
  }

  async function up(): Promise<HubStatus> {
    const hub = read();
    await start(hub);
    setUp(hub, true);
    return status();
  }

  async function start(hub: HubFile): Promise<void> {
    const [natsSpec, registrySpec] = [natsProgram(hub, files), registryProgram(files, deps.registryCommand)];
    nats ??= processes.adopt(natsSpec);
    registry ??= processes.adopt(registrySpec);
    const [{ isPortFree }, { bringUpToDate }] = await Promise.all([import("./init.ts"), import("./account-update.ts")]);
    const isNew = await bringUpToDate(place(), readSigners(files.directory));
    if (nats?.status().state !== "running") {
      if (!(await isPortFree(hub.natsPort, hub.host))) {
        throw new FleetError("port-taken", `port ${hub.natsPort} is taken: nats-server can't listen there`, { hint: "stop what listens there, or make the hub again with --nats-port" });
      }
      nats?.[Symbol.dispose]();
      nats = await processes.run(natsSpec);
    }
    if (isNew) await registry?.stop();
    if (registry?.status().state !== "running") {
      forgetReady(files);
      registry?.[Symbol.dispose]();
      registry = await processes.run(registrySpec);
    }
    problem = undefined;
    // Nobody comes from outside to a hub on loopback: its nodes are all on this machine.
    if (hub.host !== null) await startRelay();
  }

  /** A hub without it is a hub: what keeps it from starting is in the status. */
  async function startRelay(): Promise<void> {
    const spec = relayProgram(files, deps.relayCommand);
    try {
      relay ??= processes.adopt(spec);
      if (relay?.status().state !== "running") {
        relay?.[Symbol.dispose]();
        relay = await processes.run(spec);
      }
      relayProblem = undefined;
    } catch (error) {
      relay = undefined;
      relayProblem = FleetError.from(error);
      log.error({ code: relayProblem.code, reason: relayProblem.message }, "the relay did not come up");
    }
  }

  async function status(): Promise<HubStatus> {
    const hub = read();
    const { hubUrl } = await import("./init.ts");
    const part = (program: Program | undefined, name: string, why = problem): PartStatus => program?.status() ?? { name, state: hub.up && why !== undefined ? "failed" : "stopped", ...(why === undefined ? {} : { detail: why.message }) };
    return {
      fleet: hub.fleet,
      urls: [hubUrl(hub)],
      gatewayUrl: gateway.current()?.url ?? null,
      publicBind: hub.host !== null,
      parts: [part(nats, "nats-server"), part(registry, "registry"), ...(hub.host === null ? [] : [part(relay, "relay", relayProblem)]), gateway.status()],
      natsVersion: nats?.status().state === "running" ? await natsVersion(hub.natsPort) : undefined,
    };
  }

  return {
    exists,
    init,
    // One after the other: an agent that was started for `hub down` is just bringing up what is to go.
    up: () => serial(up),
    status,
    down: () => serial(async () => {
      const hub = read();
      nats ??= processes.adopt(natsProgram(hub, files));
      registry ??= processes.adopt(registryProgram(files, deps.registryCommand));
      relay ??= processes.adopt(relayProgram(files, deps.relayCommand));
      await relay?.stop();
      await registry?.stop();
      await nats?.stop();
      await gateway.stop();
      nats = registry = relay = undefined;
      problem = relayProblem = undefined;
      setUp(hub, false);
      return status();
    }),
    token: (input) => serial(async () => {
      let at = place();
      let signers = readSigners(files.directory);
      const { makeToken } = await import("./token.ts");
      if (input.pool !== undefined && !at.hub.pools.includes(input.pool)) {
        const { addPool } = await import("./pools.ts");
        const added = await addPool(at, signers, input.pool, deps.now());
        at = { ...at, hub: added.hub };
        signers = added.signers;
        deps.onAction({ at: deps.now(), kind: "pool-added", pool: input.pool });
      }
      return makeToken(at, signers, input, deps);
    }),
    tokens: () => ({ issued: issued() }),
    revoke: ({ which }) => serial(async () => {
      const at = place();
      const found = findIssued(issued(), which);
      const { revoke } = await import("./revoke.ts");
      await revoke(at, [found], deps);
      return { revoked: issued().filter(({ id }) => id === found.id), told: at.running };
    }),
    rotate: ({ what, graceMs }) => serial(async () => {
      const at = place();
      const { GRACE_MS, rotateOne, rotateRole } = await import("./rotate.ts");
      const { renewOwn } = await import("./own-credentials.ts");
      const more: RotateDeps = { ...deps, renewOwn: (here, isOld) => renewOwn(here, deps, isOld) };
      if ("role" in what) {
        const { renewed, mustJoin } = await rotateRole(at, what, graceMs ?? GRACE_MS, more);
        return { renewed: renewed.map(named), mustJoin: mustJoin.map(named), told: at.running };
      }
      const one = findIssued(issued(), what.which);
      const rotated = await rotateOne(at, one, graceMs ?? GRACE_MS, more);
      if (rotated.mustJoin.length === 0) return { ...rotated, told: at.running };
      const { makeToken } = await import("./token.ts");
      const { token } = await makeToken(at, readSigners(files.directory), tokenLike(one), deps);
      return { ...rotated, token, told: at.running };
    }),
    isUp: () => exists() && read().up,
    resume: () => serial(async () => {
      try {
        if (exists() && read().up) await start(read());
      } catch (error) {
        problem = FleetError.from(error);
        log.error({ code: problem.code, reason: problem.message }, "the hub did not come up");
      }
    }),
    gatewayPlan() {
      if (!exists()) return undefined;
      const hub = read();
      return {
        host: hub.host ?? "localhost",
        port: hub.gatewayPort,
        bind: hub.host === null ? "127.0.0.1" : "0.0.0.0",
        fixed: hub.gatewayPortFixed,
        ca: { certFile: files.caCert, keyFile: files.caKey },
        ...(hub.host === null ? {} : { relay: files.relay.socket }),
      };
    },
    gatewayIsAt(url) {
      if (exists() && read().host !== null) announceRelay(files.directory, url);
    },
    [Symbol.dispose]() {
      nats?.[Symbol.dispose]();
      registry?.[Symbol.dispose]();
      relay?.[Symbol.dispose]();
    },
  };
}

/** A token for what somebody has already, to have it again. */
function tokenLike({ role, pool, name }: Issued): InputOf<typeof hubToken> {
  if (role === "registry") throw new FleetError("not-supported", "the registry's own credential is not given out by token");
  return { role, ...(pool === null ? {} : { pool: pool as PoolName }), ...(name === null ? {} : { name }) };
}
