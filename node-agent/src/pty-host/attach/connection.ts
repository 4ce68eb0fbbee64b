// One WebSocket of a viewer: the handshake that proves both sides, then messages in and out. Whatever isn't the protocol
// ends the connection with one error, never the host.
import { randomBytes } from "node:crypto";
import type { WebSocket } from "ws";
import { FleetError, parseJson, parseOr } from "@fleetwire/shared/errors";
import { checkAttachProof, ClientMessage, CLOSE, decodeFrame, FRAME, HELLO_MS, PING_MS, proveAttach, SILENCE_MS, type Handshake, type HostMessage, type KeyPair, type Want } from "@fleetwire/shared/wire";
import type { Screens } from "../screen/screens.ts";
import type { Session } from "../session/session.ts";
import { LogView } from "./log-view.ts";
import { Outbox } from "./outbox.ts";
import { openRelay, type Relay } from "./relay.ts";
import type { Asker } from "./belief.ts";
import type { Right, Rights } from "./rights.ts";
import { showScreen } from "./screen-view.ts";
import { Viewer } from "./viewer.ts";

/** A client that hasn't proved itself may send so much at once. */
const FIRST_MESSAGE = 4 * 1024;

/** On their way to a `latest` viewer at most, bytes: what it hasn't read yet is what it will see first when it reads again. */
const LATEST_WINDOW = 512 * 1024;

export interface ConnectionDeps {
  readonly rights: Rights;
  readonly screens: Screens;
  readonly hostKey: KeyPair;
  /** The handshake is over: the place among those that wait for one is free. */
  readonly proved: () => void;
  /** Socket of the host that a right is for; undefined: this one. */
  readonly ownerOf: (right: string) => string | undefined;
  /** Of a challenge that another host has sent already. */
  readonly nonce: string | undefined;
  /** From now on it leads to another host's session. */
  readonly passing: () => void;
  readonly beat: Beat;
}

/** Milliseconds. */
export interface Beat {
  readonly pingMs: number;
  readonly silenceMs: number;
}

export const BEAT: Beat = { pingMs: PING_MS, silenceMs: SILENCE_MS };

interface View {
  message?(message: ClientMessage): void;
  input?(offset: number, bytes: Buffer): void;
  close(): void;
}

export class Connection {
  readonly #socket: WebSocket;
  readonly #deps: ConnectionDeps;
  readonly #nonce: string;
  #relay: Relay | undefined;
  #right: Right | undefined;
  #view: View | undefined;
  #onOver: (() => void) | undefined;
  #closed = false;
  #heardAt = performance.now();
  readonly #helloTimer: NodeJS.Timeout;
  readonly #pingTimer: NodeJS.Timeout;

  /** @param right shown in the upgrade request; otherwise it is the first message */
  constructor(socket: WebSocket, right: Right | undefined, deps: ConnectionDeps) {
    this.#socket = socket;
    this.#right = right;
    this.#deps = deps;
    this.#nonce = deps.nonce ?? randomBytes(18).toString("base64url");
    this.#helloTimer = setTimeout(() => this.close(CLOSE.helloTimeout), HELLO_MS);
    this.#pingTimer = setInterval(() => this.#ping(), deps.beat.pingMs);
    socket.on("message", (data: Buffer, binary: boolean) => this.#guard(() => this.#received(data, binary)));
    // A client that has stopped reading, because its own reader is slow, doesn't see pings; it still sends its own.
    for (const beat of ["ping", "pong"]) socket.on(beat, () => (this.#heardAt = performance.now()));
    socket.on("error", () => socket.terminate());
    socket.on("close", () => this.#over());
    if (deps.nonce === undefined) this.say({ type: "challenge", nonce: this.#nonce });
  }

  /** Who asked for it, once a right was shown. */
  get asker(): Asker | undefined {
    return this.#right?.attach.asker;
  }

  /** The session it is about, once a right was shown. */
  get session(): Session | undefined {
    return this.#right?.attach.session;
  }

  say(message: HostMessage): void {
    if (this.#socket.readyState === this.#socket.OPEN) this.#socket.send(JSON.stringify(message));
  }

  close(code: number): void {
    if (this.#closed) return;
    this.#socket.close(code);
    setTimeout(() => this.#socket.terminate(), 2_000).unref();
  }

  #received(data: Buffer, binary: boolean): void {
    this.#heardAt = performance.now();
    if (this.#relay !== undefined) return this.#relay.send(data, binary);
    if (this.#view === undefined) {
      if (binary || data.length > FIRST_MESSAGE) throw new FleetError("bad-input", "the first message is not a hello");
      return this.#greet(parseMessage(data), data);
    }
    if (!binary) return this.#view.message?.(parseMessage(data));
    const frame = decodeFrame(data);
    if (frame.kind !== FRAME.input || this.#view.input === undefined) throw new FleetError("read-only", "this connection takes no input");
    this.#view.input(frame.offset, frame.bytes);
  }

  #greet(message: ClientMessage, data: Buffer): void {
    const { rights } = this.#deps;
    if (this.#right === undefined) {
      const owner = this.#ownerOf(message);
      if (owner !== undefined) return this.#handOn(owner, data);
      if (message.type === "ticket") this.#right = rights.byTicket(message.ticket);
      else if (message.type === "resume") this.#right = rights.bySecret(message.secret);
      else throw new FleetError("bad-ticket", "the ticket is not valid");
      return;
    }
    if (message.type !== "hello") throw new FleetError("bad-input", "the first message is not a hello");
    const handshake = { id: this.#right.id, clientNonce: message.nonce, hostNonce: this.#nonce };
    if (!checkAttachProof("client", handshake, message.proof, this.#right.attach.clientKey)) throw new FleetError("bad-ticket", "the ticket is not valid");
    clearTimeout(this.#helloTimer);
    this.#deps.proved();
    this.#welcome(this.#right, handshake, message.want);
  }

  /** Who was handed on once isn't again: a file that names the wrong owner would send it round for ever. */
  #ownerOf(message: ClientMessage): string | undefined {
    if (this.#deps.nonce !== undefined) return undefined;
    if (message.type === "ticket") return this.#deps.ownerOf(`Fleet-Ticket ${message.ticket}`);
    return message.type === "resume" ? this.#deps.ownerOf(`Fleet-Resume ${message.secret}`) : undefined;
  }

  #handOn(owner: string, first: Buffer): void {
    clearTimeout(this.#helloTimer);
    this.#deps.proved();
    this.#deps.passing();
    this.#relay = openRelay(this.#socket, owner, this.#nonce, first);
  }

  #welcome(right: Right, handshake: Handshake, want: Want): void {
    const { attach } = right;
    const { session } = attach;
    // A picture is asked for once; a log may be long, or followed for days.
    const resumable = want.kind !== "screen";
    if (resumable) {
      attach.replace?.();
      // Whoever resumes has lost the connection before: it is dead, or about to be found so.
      attach.replace = this.#replaced;
    }
    this.say({
      type: "welcome",
      proof: proveAttach("host", handshake, this.#deps.hostKey),
      state: session.state,
      scope: attach.scope,
      size: session.size,
      inputOffset: attach.inputOffset,
      start: session.output.start,
      end: session.output.end,
      ...(resumable ? { resume: this.#deps.rights.secretFor(right) } : {}),
    });
    this.#view = this.#open(want, right);
  }

  #open(want: Want, { attach }: Right): View {
    const { rights, screens } = this.#deps;
    const outbox = new Outbox(this.#socket, want.kind === "attach" && want.mode === "latest" ? LATEST_WINDOW : undefined);
    const done = () => this.close(CLOSE.done);
    const fail = (error: unknown) => this.#refuse(error);
    switch (want.kind) {
      case "attach":
        return new Viewer({ attach, want, outbox, screens, say: (message) => this.say(message), done, fail, spoke: () => rights.arrived(attach), leave: () => rights.drop(attach) });
      case "log":
        attach.session.readers++;
        this.#onOver = () => attach.session.readers--;
        return new LogView({ session: attach.session, want, outbox, say: (message) => this.say(message), done: () => (rights.drop(attach), done()), fail });
      case "screen":
        void this.#show(attach.session, want, outbox);
        return { close: () => outbox.close() };
    }
  }

  async #show(session: Session, want: Extract<Want, { kind: "screen" }>, outbox: Outbox): Promise<void> {
    try {
      await showScreen(session, want, this.#deps.screens, outbox, (message) => this.say(message));
      this.close(CLOSE.done);
    } catch (error) {
      this.#refuse(error);
    }
  }

  #guard(action: () => void): void {
    try {
      action();
    } catch (error) {
      this.#refuse(error);
    }
  }

  #refuse(error: unknown): void {
    if (this.#closed) return;
    const { code, message } = FleetError.from(error);
    this.say({ type: "error", code, message: code === "internal" ? "a fault of the host" : message });
    this.close(CLOSE_OF[code] ?? (code === "internal" ? CLOSE.internal : CLOSE.denied));
  }

  readonly #replaced = () => this.#socket.terminate();

  #ping(): void {
    if (performance.now() - this.#heardAt > this.#deps.beat.silenceMs) return this.#socket.terminate();
    if (this.#socket.readyState === this.#socket.OPEN) this.#socket.ping();
  }

  #over(): void {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#helloTimer);
    clearInterval(this.#pingTimer);
    this.#deps.proved();
    this.#view?.close();
    this.#relay?.close();
    this.#onOver?.();
    const attach = this.#right?.attach;
    if (attach?.replace === this.#replaced) this.#deps.rights.lost(attach);
  }
}

const CLOSE_OF: Readonly<Record<string, number>> = { "bad-ticket": CLOSE.ticket, "unknown-session": CLOSE.sessionGone, "too-large": CLOSE.tooLarge };

function parseMessage(data: Buffer): ClientMessage {
  return parseOr(ClientMessage, parseJson(data.toString("utf8"), "the message"), "the message");
}
