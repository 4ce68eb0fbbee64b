// One line to one PTY host: requests with numbers, answers by number, events without.
import { WebSocket } from "ws";
import { HOST_OPS, HOST_PATH, HOST_PROTOCOL, HOST_SUBPROTOCOL, HostAnswer, HostEvent, type HostInput, type HostOp, type HostOutput } from "@fleetwire/shared/control";
import { FleetError, parseJson, parseOr } from "@fleetwire/shared/errors";
import type { PublicKey } from "@fleetwire/shared/ids";

const OPEN_MS = 5_000;
const ANSWER_MS = 10_000;
/** A list of a thousand sessions is about half a megabyte. */
const MAX_MESSAGE = 64 * 1024 * 1024;

export interface HostClient extends Disposable {
  readonly hello: HostOutput<"hello">;
  readonly socketPath: string;
  /** @throws FleetError what the host says, `host-unreachable`, `timeout` */
  call<K extends HostOp>(op: K, input: HostInput<K>, timeoutMs?: number): Promise<HostOutput<K>>;
  readonly isOpen: boolean;
}

interface Pending {
  resolve(result: unknown): void;
  reject(error: FleetError): void;
}

/** @throws FleetError `host-unreachable`, `version-skew` */
export async function connectHost(socketPath: string, nodeKey: PublicKey, on: { event(event: HostEvent): void; close(): void }, openMs = OPEN_MS): Promise<HostClient> {
  const socket = new WebSocket(`ws+unix://${socketPath}:${HOST_PATH}`, HOST_SUBPROTOCOL, { perMessageDeflate: false, maxPayload: MAX_MESSAGE, handshakeTimeout: openMs });
  const pending = new Map<number, Pending>();
  let last = 0;
  let disposed = false;

  await new Promise<void>((resolve, reject) => {
    socket.once("open", resolve);
    socket.once("error", (error) => reject(unreachable(socketPath, error)));
  });
  socket.on("error", () => socket.terminate());
  socket.on("close", () => {
    for (const waiting of pending.values()) waiting.reject(unreachable(socketPath));
    pending.clear();
    if (!disposed) on.close();
  });
  socket.on("message", (data) => {
    try {
      receive((data as Buffer).toString("utf8"));
    } catch {
      // Not our protocol: a host that speaks garbage is a host that is gone.
      socket.terminate();
    }
  });

  function receive(text: string): void {
    const message = parseJson(text, "the host's message");
    const answer = HostAnswer.safeParse(message);
    if (!answer.success) {
      const event = HostEvent.safeParse(message);
      // An event of a newer host that this release doesn't know is not an error.
      if (event.success) on.event(event.data);
      return;
    }
    const waiting = pending.get(answer.data.n);
    if (waiting === undefined) return;
    pending.delete(answer.data.n);
    if (answer.data.error === undefined) waiting.resolve(answer.data.result);
    else waiting.reject(FleetError.fromRecord(answer.data.error));
  }

  async function call<K extends HostOp>(op: K, input: HostInput<K>, timeoutMs = ANSWER_MS): Promise<HostOutput<K>> {
    if (socket.readyState !== WebSocket.OPEN) throw unreachable(socketPath);
    const n = ++last;
    let timer: NodeJS.Timeout | undefined;
    try {
      const result = await new Promise<unknown>((resolve, reject) => {
        pending.set(n, { resolve, reject });
        timer = setTimeout(() => reject(new FleetError("timeout", `the PTY host did not answer '${op}' within ${timeoutMs / 1000} s`)), timeoutMs);
        socket.send(JSON.stringify({ n, op, input }));
      });
      return parseOr(HOST_OPS[op].output, result, `the host's answer to '${op}'`, "version-skew") as HostOutput<K>;
    } finally {
      clearTimeout(timer);
      pending.delete(n);
    }
  }

  try {
    const hello = await call("hello", { protocol: HOST_PROTOCOL, nodeKey });
    return {
      hello,
      socketPath,
      call,
      get isOpen() {
        return socket.readyState === WebSocket.OPEN;
      },
      [Symbol.dispose]() {
        disposed = true;
        socket.terminate();
      },
    };
  } catch (error) {
    disposed = true;
    socket.terminate();
    throw error;
  }
}

function unreachable(socketPath: string, cause?: unknown): FleetError {
  return new FleetError("host-unreachable", `the PTY host at ${socketPath} does not answer`, { cause });
}
