// The agent's line to this host: requests by number, events to every agent that is connected (an old one and its successor
// may overlap for a moment).
import type { WebSocket } from "ws";
import { HOST_OPS, HOST_PROTOCOL, HostRequest, type HostInput, type HostOp, type HostOutput, type ScreenPage } from "@fleetwire/shared/control";
import { FleetError, parseJson, parseOr } from "@fleetwire/shared/errors";
import { readOutput } from "../attach/read-output.ts";
import { signalNamed } from "../attach/signals.ts";
import type { Screens } from "../screen/screens.ts";
import type { Sessions } from "../session/sessions.ts";

export interface HostFacts {
  readonly hostId: string;
  readonly version: string;
  readonly hostKey: string;
  readonly startedAt: number;
  /** Sessions have control groups. */
  readonly groups: boolean;
}

export interface ControlDeps {
  readonly facts: HostFacts;
  readonly sessions: Sessions;
  readonly screens: Screens;
  readonly listen: (input: HostInput<"listen">) => Promise<string>;
  readonly share: (input: HostInput<"share">) => Promise<string | null>;
  readonly pass: (path: string) => Promise<boolean>;
  readonly listening: () => string | null;
  readonly inherited: () => boolean;
  /** The node whose tickets count. @throws FleetError `denied` for another than the first one */
  readonly setNodeKey: (key: string) => void;
  readonly relay: (input: HostInput<"relay">) => HostOutput<"relay">;
  readonly rules: (agents: HostInput<"rules">["agents"]) => void;
  readonly disconnect: (id: number, epoch: string) => number;
  readonly believe: (belief: HostInput<"believe">) => number;
  /** Leave after the last session, or now. */
  readonly retire: (kill: boolean) => void;
}

type Handlers = { readonly [K in HostOp]: (input: HostInput<K>) => Promise<HostOutput<K>> };

export function handlersOf({ facts, sessions, screens, listen, share, pass, listening, inherited, setNodeKey, relay, rules, disconnect, believe, retire }: ControlDeps): Handlers {
  return {
    async hello({ protocol, nodeKey }) {
      if (protocol !== HOST_PROTOCOL) throw new FleetError("version-skew", `this host speaks protocol ${HOST_PROTOCOL}, not ${protocol}`);
      setNodeKey(nodeKey);
      const hostKey = facts.hostKey as HostOutput<"hello">["hostKey"];
      return { protocol: HOST_PROTOCOL, ...facts, hostKey, pid: process.pid, listening: listening(), inherited: inherited(), sessions: sessions.records() };
    },
    listen: async (input) => ({ listening: await listen(input) }),
    health: async () => ({ running: sessions.running, groups: facts.groups }),
    share: async (input) => ({ listening: await share(input) }),
    pass: async ({ path }) => ({ passed: await pass(path) }),
    async spawn(spec) {
      const { pid, startedAt } = (await sessions.spawn(spec)).record;
      return { pid: pid ?? 0, startedAt };
    },
    list: async () => ({ sessions: sessions.records() }),
    get: async ({ id, epoch }) => sessions.get(id, epoch).record,
    async type({ id, epoch, ...typed }) {
      const { receipt, bytes } = await sessions.get(id, epoch).send({ ...typed, force: true });
      return { receipt: receipt === "written" ? receipt : "queued", bytes };
    },
    async screen({ id, epoch, cells, scrollback, join, from, bytes }) {
      const session = sessions.get(id, epoch);
      const { offset, data } = await screens.show(session, cells ? "cells" : "facts", { scrollback, join: join && !cells, page: { from, bytes } });
      session.looked();
      return { offset, page: JSON.parse(data) as ScreenPage };
    },
    read: async ({ id, epoch, ...what }) => readOutput(sessions.get(id, epoch), what),
    send: async ({ id, epoch, ...send }) => sessions.get(id, epoch).send(send),
    async resize({ id, epoch, size }) {
      const session = sessions.get(id, epoch);
      session.resize(size);
      return { size: session.size };
    },
    kill: async ({ id, epoch, signal, graceMs }) => sessions.get(id, epoch).kill(signalNamed(signal), graceMs),
    async forget({ id, epoch }) {
      await sessions.forget(id, epoch);
      return {};
    },
    open: async (input) => (await sessions.open(input)).record,
    relay: async (input) => relay(input),
    report: async ({ id, epoch, ...report }) => sessions.get(id, epoch).reported(report),
    async rules({ agents }) {
      rules(agents);
      return {};
    },
    disconnect: async ({ id, epoch }) => ({ closed: disconnect(id, epoch) }),
    believe: async (belief) => ({ closed: believe(belief) }),
    async retire({ kill, graceMs }) {
      if (kill) await Promise.all(sessions.records().map(async ({ id, epoch }) => sessions.get(id, epoch).kill("SIGTERM", graceMs)));
      retire(kill);
      return { running: sessions.running };
    },
  };
}

export function serveControl(socket: WebSocket, handlers: Handlers, sessions: Sessions): void {
  const unlisten = sessions.onEvent((event) => socket.readyState === socket.OPEN && socket.send(JSON.stringify(event)));
  socket.on("close", unlisten);
  socket.on("error", () => socket.terminate());
  socket.on("message", (data: Buffer) => void answer(socket, handlers, data));
}

async function answer(socket: WebSocket, handlers: Handlers, data: Buffer): Promise<void> {
  let n = -1;
  try {
    const request = parseOr(HostRequest, parseJson(data.toString("utf8"), "the request"), "the request");
    n = request.n;
    if (!isOp(request.op)) throw new FleetError("version-skew", `this host doesn't know '${request.op}'`);
    socket.send(JSON.stringify({ n, result: await call(handlers, request.op, request.input) }));
  } catch (error) {
    socket.send(JSON.stringify({ n, error: FleetError.from(error).toRecord() }));
  }
}

function call<K extends HostOp>(handlers: Handlers, op: K, input: unknown): Promise<HostOutput<K>> {
  return handlers[op](parseOr(HOST_OPS[op].input, input, op) as HostInput<K>);
}

function isOp(name: string): name is HostOp {
  return Object.hasOwn(HOST_OPS, name);
}
