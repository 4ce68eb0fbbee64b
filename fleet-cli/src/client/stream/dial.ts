// One connection: dial an address, prove both sides (D7), then hand on what comes. Nothing the other side says counts before its proof.
import { randomBytes } from "node:crypto";
import { connect } from "node:net";
import type { WebSocket as Socket } from "ws";
import type { AttachAddress } from "@fleetwire/shared/bus";
import { FleetError } from "@fleetwire/shared/errors";
import { ATTACH_PATH, checkAttachProof, decodeFrame, FRAME, HostMessage, MAX_MESSAGE, normalizeNodeUrl, proveAttach, SUBPROTOCOL, type ClientMessage, type Frame, type Want } from "@fleetwire/shared/wire";
import { Connection } from "./connection.ts";
import { failureOfClose, failureOfStatus, unreachable, type Failure } from "./failure.ts";
import type { Credential } from "./grant.ts";
import type { Timing } from "./timing.ts";
import type { Way } from "./types.ts";

export type Welcome = Extract<HostMessage, { type: "welcome" }>;

export interface DialOptions {
  readonly address: AttachAddress;
  readonly credential: Credential;
  readonly want: Want;
  readonly signal: AbortSignal;
  readonly timing: Timing;
  /** Awaited before the proof is sent, where another way is tried at the same time. */
  readonly turn?: () => Promise<void>;
  /** Called in the order of arrival; `opened` before any other, `closed` last, and only after `opened`. */
  readonly opened: (connection: Connection, welcome: Welcome) => void;
  readonly message: (message: HostMessage) => void;
  readonly frame: (frame: Frame) => void;
  readonly closed: (failure: Failure) => void;
}

/** Resolves when the connection is open and proved (undefined), or with why it isn't. Never rejects. */
export async function dial(options: DialOptions): Promise<Failure | undefined> {
  const where = nameOf(options.address);
  let socket: Socket;
  try {
    socket = await openSocket(options);
  } catch (error) {
    return error instanceof FleetError ? { verdict: "retry", error } : unreachable(where, reasonOf(error));
  }
  return new Promise((resolve) => new Dialogue(socket, where, options, resolve));
}

class Dialogue {
  readonly #socket: Socket;
  readonly #where: string;
  readonly #options: DialOptions;
  readonly #settle: (failure: Failure | undefined) => void;
  readonly #connection: Connection;
  #clientNonce = "";
  #hostNonce = "";
  #open = false;
  readonly #late: NodeJS.Timeout;
  #failure: Failure | undefined;
  #told: { code: string; message: string } | undefined;

  constructor(socket: Socket, where: string, options: DialOptions, settle: (failure: Failure | undefined) => void) {
    this.#socket = socket;
    this.#where = where;
    this.#options = options;
    this.#settle = settle;
    this.#connection = new Connection(socket, options.timing, (reason) => this.#fail(unreachable(where, reason)));
    this.#late = setTimeout(() => this.#fail(unreachable(where, "no answer in time")), options.timing.connectMs);
    const abort = () => this.#fail({ verdict: "final", error: new FleetError("cancelled", "the attach was cancelled") });
    options.signal.addEventListener("abort", abort);
    if (options.signal.aborted) abort();
    socket.on("message", (data: Buffer, binary: boolean) => this.#receive(data, binary));
    socket.on("error", (error) => (this.#failure ??= unreachable(where, reasonOf(error))));
    socket.on("unexpected-response", (request, response) => {
      response.resume();
      this.#failure ??= failureOfStatus(response.statusCode ?? 0, where);
      request.destroy();
      socket.terminate();
    });
    socket.on("close", (code) => {
      clearTimeout(this.#late);
      options.signal.removeEventListener("abort", abort);
      this.#connection.stop();
      const failure = this.#failure ?? failureOfClose(code, this.#told);
      if (this.#open) options.closed(failure);
      else settle(failure);
    });
  }

  #fail(failure: Failure): void {
    this.#failure ??= failure;
    this.#socket.terminate();
  }

  #receive(data: Buffer, binary: boolean): void {
    if (this.#failure !== undefined) return;
    try {
      if (binary) this.#frame(data);
      else this.#message(data);
    } catch (error) {
      this.#fail({ verdict: "final", error: FleetError.from(error) });
    }
  }

  #frame(data: Buffer): void {
    // A kind of frame that a newer host has and this client hasn't.
    if (!this.#open || (data[0] !== FRAME.output && data[0] !== FRAME.snapshot)) return;
    this.#options.frame(decodeFrame(data));
  }

  #message(data: Buffer): void {
    const message = readMessage(data);
    if (message === undefined) return;
    if (message.type === "error") this.#told = message;
    if (this.#open) this.#options.message(message);
    else if (message.type === "challenge") void this.#hello(message.nonce);
    else if (message.type === "welcome") this.#welcome(message);
  }

  async #hello(hostNonce: string): Promise<void> {
    if (this.#hostNonce !== "") return;
    const { credential, want, turn } = this.#options;
    this.#hostNonce = hostNonce;
    await turn?.();
    if (this.#failure !== undefined) return;
    this.#clientNonce = randomBytes(18).toString("base64url");
    const proof = proveAttach("client", this.#handshake(), credential.clientKey);
    this.#connection.tell({ type: "hello", nonce: this.#clientNonce, proof, want } satisfies ClientMessage);
  }

  #welcome(welcome: Welcome): void {
    const { credential, opened } = this.#options;
    if (this.#hostNonce === "" || !checkAttachProof("host", this.#handshake(), welcome.proof, credential.hostKey)) {
      const error = new FleetError("bad-signature", `what answers at ${this.#where} is not the session's host`, { hint: "nothing was sent to it; check the node's URL" });
      return this.#fail({ verdict: "retry", error });
    }
    this.#open = true;
    clearTimeout(this.#late);
    this.#settle(undefined);
    opened(this.#connection, welcome);
  }

  #handshake() {
    return { id: this.#options.credential.id, clientNonce: this.#clientNonce, hostNonce: this.#hostNonce };
  }
}

/** @returns undefined for a message that this version doesn't know. @throws FleetError `version-skew` for a known one that it can't read */
function readMessage(data: Buffer): HostMessage | undefined {
  let value: unknown;
  try {
    value = JSON.parse(data.toString("utf8"));
  } catch {
    throw new FleetError("version-skew", "the session's host sent a message that is not JSON");
  }
  const parsed = HostMessage.safeParse(value);
  if (parsed.success) return parsed.data;
  const type = typeof value === "object" && value !== null && "type" in value ? value.type : undefined;
  if (typeof type !== "string" || !VITAL.includes(type)) return undefined;
  throw new FleetError("version-skew", `the session's host sent a '${type}' that this version can't read`);
}

/** Without these the stream would go wrong in silence. */
const VITAL: readonly string[] = ["challenge", "welcome", "snapshot", "exit", "end"] satisfies HostMessage["type"][];

async function openSocket({ address, credential, timing }: DialOptions): Promise<Socket> {
  // Loaded on use: most commands open no terminal.
  const { WebSocket } = await import("ws");
  const options = {
    headers: { authorization: credential.authorization },
    handshakeTimeout: timing.connectMs,
    maxPayload: MAX_MESSAGE,
    perMessageDeflate: false,
  };
  if (address.kind === "url") return new WebSocket(`${normalizeNodeUrl(address.url)}${ATTACH_PATH}`, SUBPROTOCOL, { ...options, ca: address.ca });
  // Not `ws+unix:`: that form can't say every path.
  return new WebSocket(`ws://localhost${ATTACH_PATH}`, SUBPROTOCOL, { ...options, createConnection: () => connect(address.path) });
}

/** For people, and for their scripts. */
export function wayOf(address: AttachAddress): Way {
  if (address.kind === "unix") return "local";
  return address.via ?? "direct";
}

export function nameOf(address: AttachAddress): string {
  return address.kind === "unix" ? address.path : address.url;
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // Several addresses of one name: the errors are inside.
  const inner = error instanceof AggregateError ? (error.errors as unknown[])[0] : undefined;
  return inner instanceof Error ? inner.message : error.message;
}
