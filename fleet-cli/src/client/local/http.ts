// HTTP/1.1 over a unix socket, as much of it as the node agent speaks: one request at a time on a connection that is kept,
// answers with a length. node:http would cost every `fleet ls` ten milliseconds of start-up.
import { connect, type Socket } from "node:net";

export interface HttpAnswer {
  readonly status: number;
  readonly body: string;
  /** The release of the node. */
  readonly version?: string;
}

export interface HttpRequest {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

/** Why a request has no answer. `sent`: it may have arrived. */
export class HttpFailure extends Error {
  readonly code: string;
  readonly sent: boolean;
  constructor(code: string, sent: boolean) {
    super(code);
    this.code = code;
    this.sent = sent;
  }
}

const MAX_ANSWER = 64 * 1024 * 1024;

/** Connections to one socket; an idle one is used again and does not keep the process alive. */
export class HttpConnections implements Disposable {
  readonly #path: string;
  readonly #idle: Socket[] = [];

  constructor(path: string) {
    this.#path = path;
  }

  /** @throws HttpFailure */
  async post(request: HttpRequest): Promise<HttpAnswer> {
    const socket = this.#kept() ?? (await open(this.#path));
    socket.ref();
    try {
      const answer = await exchange(socket, request);
      socket.unref();
      this.#idle.push(socket);
      return answer;
    } catch (error) {
      socket.destroy();
      throw error;
    }
  }

  /** What the agent has ended meanwhile takes a request and never answers: an agent that was restarted is connected to anew. */
  #kept(): Socket | undefined {
    for (let socket = this.#idle.pop(); socket !== undefined; socket = this.#idle.pop()) if (!socket.destroyed && !socket.readableEnded) return socket;
    return undefined;
  }

  [Symbol.dispose](): void {
    for (const socket of this.#idle.splice(0)) socket.destroy();
  }
}

function open(path: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    socket.once("connect", () => {
      socket.removeAllListeners("error");
      resolve(socket);
    });
    socket.once("error", (error: NodeJS.ErrnoException) => reject(new HttpFailure(error.code ?? "EIO", false)));
  });
}

function exchange(socket: Socket, { path, headers, body, timeoutMs, signal }: HttpRequest): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const finish = (error: HttpFailure | undefined, answer?: HttpAnswer) => {
      clearTimeout(timer);
      for (const event of ["data", "error", "close"]) socket.removeAllListeners(event);
      // A kept connection that the agent ends later is no error of ours.
      socket.on("error", () => {});
      signal?.removeEventListener("abort", abort);
      if (answer === undefined) reject(error ?? new HttpFailure("EIO", true));
      else resolve(answer);
    };
    const timer = setTimeout(() => finish(new HttpFailure("ETIMEDOUT", true)), timeoutMs);
    const abort = () => finish(new HttpFailure("ABORT_ERR", true));
    // Its signal may have fired while it was connected to.
    if (signal?.aborted === true) return finish(new HttpFailure("ABORT_ERR", false));
    signal?.addEventListener("abort", abort, { once: true });
    socket.on("error", (error: NodeJS.ErrnoException) => finish(new HttpFailure(error.code ?? "EIO", true)));
    socket.on("close", () => finish(new HttpFailure("ECONNRESET", true)));
    socket.on("data", (chunk: Buffer) => {
      chunks.push(chunk);
      size += chunk.length;
      if (size > MAX_ANSWER) return finish(new HttpFailure("EMSGSIZE", true));
      const answer = readAnswer(chunks, size);
      if (answer === "garbage") finish(new HttpFailure("EPROTO", true));
      else if (answer !== undefined) finish(undefined, answer);
    });
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    socket.write(`POST ${path} HTTP/1.1\r\nhost: fleet\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n${lines.join("")}\r\n${body}`);
  });
}

/** The answer, once all of it is here. */
function readAnswer(chunks: Buffer[], size: number): HttpAnswer | "garbage" | undefined {
  const first = chunks[0] as Buffer;
  let headEnd = first.indexOf("\r\n\r\n");
  if (headEnd < 0 && chunks.length > 1) {
    chunks.splice(0, chunks.length, Buffer.concat(chunks));
    headEnd = (chunks[0] as Buffer).indexOf("\r\n\r\n");
  }
  if (headEnd < 0) return undefined;
  const head = (chunks[0] as Buffer).subarray(0, headEnd).toString("latin1");
  const length = Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? Number.NaN);
  if (Number.isNaN(length)) return "garbage";
  if (size < headEnd + 4 + length) return undefined;
  const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(head)?.[1] ?? 0);
  const version = /\r\nfleet-version: *([^\r]+)/i.exec(head)?.[1];
  return { status, version, body: Buffer.concat(chunks).subarray(headEnd + 4, headEnd + 4 + length).toString("utf8") };
}
