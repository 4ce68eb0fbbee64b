// Connected for ever: background attempts with full jitter, so that a thousand nodes don't come back in one moment.
import { setTimeout as sleep } from "node:timers/promises";
import { FleetError } from "@fleetwire/shared/errors";
import { closeReason, type Connection } from "./connection.ts";
import type { Log } from "./types.ts";

const BASE_MS = 400;
const MAX_MS = 5_000;
/** A refused credential is tried again, seldom: a hub may be restored, a clock set right. */
const REFUSED_MS = 60_000;

export interface KeepDeps {
  /** One attempt. */
  connect(): Promise<Connection>;
  /** Sets up a fresh connection; what it returns is called when that connection is over. Throws, and leaves nothing, when it is lost before. */
  serve(connection: Connection): Promise<() => void>;
  /** After each change; `error` when an attempt failed or the connection was lost. */
  onState(state: "connecting" | "connected", error?: FleetError): void;
  /** Errors that no further attempt mends: the keeper rests. */
  ends(error: FleetError): boolean;
  /** Pauses are so many times as long: in a fleet of ten thousand they come back over seconds. */
  pace?(): number;
  readonly log: Log;
}

export interface Keeper extends AsyncDisposable {
  /** The connection that works now. */
  current(): Connection | undefined;
}

export function keepConnected(deps: KeepDeps): Keeper {
  const stop = new AbortController();
  let current: Connection | undefined;
  let opened: Connection | undefined;
  const running = run();

  async function run(): Promise<void> {
    for (let attempt = 0; !stop.signal.aborted; attempt++) {
      const error = await once(() => (attempt = 0));
      if (stop.signal.aborted) return;
      deps.onState("connecting", error);
      if (deps.ends(error)) return;
      const longest = error.code === "nats-denied" ? REFUSED_MS : Math.min(MAX_MS, BASE_MS * (deps.pace?.() ?? 1) * 2 ** Math.min(attempt, 10));
      await sleep(Math.random() * longest, undefined, { signal: stop.signal }).catch(() => undefined);
    }
  }

  /** One life of one connection; answers why it is over. */
  async function once(onServing: () => void): Promise<FleetError> {
    let over: (() => void) | undefined;
    try {
      const connection = await deps.connect();
      opened = connection;
      if (stop.signal.aborted) return new FleetError("cancelled", "stopped");
      drainStatus(connection, deps.log);
      over = await deps.serve(connection);
      if (connection.isClosed()) return new FleetError("nats-unreachable", "the connection was lost");
      current = connection;
      onServing();
      deps.onState("connected");
      const reason = await connection.closed();
      return closeReason(reason);
    } catch (error) {
      return FleetError.from(error);
    } finally {
      current = undefined;
      over?.();
      await opened?.close().catch(() => undefined);
      opened = undefined;
    }
  }

  return {
    current: () => (current?.isClosed() === false ? current : undefined),
    async [Symbol.asyncDispose]() {
      stop.abort();
      // What was published goes out before the connection ends; a server that hangs isn't waited for.
      if (current !== undefined) await Promise.race([current.drain().catch(() => undefined), sleep(2_000, undefined, { ref: false })]);
      await opened?.close().catch(() => undefined);
      await running;
    },
  };
}

/** Permission refusals arrive as status events and nowhere else. */
function drainStatus(connection: Connection, log: Log): void {
  void (async () => {
    for await (const { type, data } of connection.status()) if (type === "error") log.warn({ data }, "the NATS server refused something");
  })().catch(() => undefined);
}
