// A node's connection: it proves its key, then viewers come to it as streams.
import { randomBytes } from "node:crypto";
import type { WebSocket } from "ws";
import { FleetError, parseJson, parseOr } from "@fleetwire/shared/errors";
import type { PublicKey } from "@fleetwire/shared/ids";
import type { UserClaims } from "@fleetwire/shared/keys";
import { Mux, type MuxStream } from "@fleetwire/shared/mux";
import { checkRelayProof, HELLO_MS, MAX_RELAY_TEXT, openRelayPass, PING_MS, RELAY_WINDOW, RelayHello, SILENCE_MS } from "@fleetwire/shared/wire";

/** Viewers of one node at once. */
const MAX_STREAMS = 256;
/** Close code for a pass that isn't taken. */
const REFUSED = 4401;

export interface NodeLineDeps {
  /** Key that this relay names itself by. */
  readonly relay: PublicKey;
  readonly now: () => number;
  /** @throws FleetError when the claims don't stand for a node of this fleet */
  readonly judge: (node: PublicKey, claims: UserClaims) => void;
  readonly proved: (line: NodeLine) => void;
  readonly closed: (line: NodeLine, refused: FleetError | undefined) => void;
}

export class NodeLine {
  readonly #socket: WebSocket;
  readonly #deps: NodeLineDeps;
  readonly #nonce = randomBytes(24).toString("base64url");
  readonly #late: NodeJS.Timeout;
  readonly #beat: NodeJS.Timeout;
  #who: { readonly node: PublicKey; readonly hostKey: string; readonly claims: UserClaims } | undefined;
  #mux: Mux | undefined;
  #heardAt = performance.now();
  #refused: FleetError | undefined;

  constructor(socket: WebSocket, deps: NodeLineDeps) {
    this.#socket = socket;
    this.#deps = deps;
    this.#late = setTimeout(() => this.close(), HELLO_MS);
    this.#beat = setInterval(() => this.#ping(), PING_MS / 3);
    socket.on("message", (data: Buffer, binary: boolean) => this.#guard(() => this.#received(data, binary)));
    for (const event of ["ping", "pong"]) socket.on(event, () => (this.#heardAt = performance.now()));
    socket.on("error", () => socket.terminate());
    socket.on("close", () => this.#over());
    socket.send(JSON.stringify({ type: "challenge", relay: deps.relay, nonce: this.#nonce }));
  }

  /** Undefined before it has proved itself. */
  get node(): PublicKey | undefined {
    return this.#who?.node;
  }

  get hostKey(): string | undefined {
    return this.#who?.hostKey;
  }

  get viewers(): number {
    return this.#mux?.size ?? 0;
  }

  /** @returns undefined when it has no room for another viewer */
  open(): MuxStream | undefined {
    return this.#mux?.open();
  }

  /** Looks at its credential again: it may have expired, or its issuer be gone. */
  judgeAgain(): void {
    this.#guard(() => this.#who && this.#deps.judge(this.#who.node, this.#who.claims));
  }

  close(): void {
    this.#socket.terminate();
  }

  #received(data: Buffer, binary: boolean): void {
    this.#heardAt = performance.now();
    if (this.#mux === undefined) this.#hello(data, binary);
    else if (binary) this.#mux.receive(data);
    else throw new FleetError("bad-input", "text after the handshake");
  }

  #hello(data: Buffer, binary: boolean): void {
    if (binary || data.length > MAX_RELAY_TEXT) throw new FleetError("bad-input", "the first message is not a hello");
    const { relay, now, judge } = this.#deps;
    const { pass: signed, proof } = parseOr(RelayHello, parseJson(data.toString("utf8"), "the hello"), "the hello");
    const { pass, claims } = openRelayPass(signed, relay, now());
    if (!checkRelayProof({ relay, nonce: this.#nonce }, proof, pass.hostKey)) throw new FleetError("bad-signature", "the host does not prove the key of its pass");
    judge(pass.node, claims);
    clearTimeout(this.#late);
    this.#who = { node: pass.node, hostKey: pass.hostKey, claims };
    this.#socket.send(JSON.stringify({ type: "welcome", streams: MAX_STREAMS }));
    this.#mux = this.#newMux();
    this.#deps.proved(this);
  }

  #newMux(): Mux {
    const socket = this.#socket;
    const mux: Mux = new Mux({
      carrier: { send: (frame) => socket.send(frame, () => mux.pump()), waiting: () => socket.bufferedAmount },
      maxStreams: MAX_STREAMS,
      window: RELAY_WINDOW,
      now: () => performance.now(),
    });
    return mux;
  }

  #guard(action: () => void): void {
    try {
      action();
    } catch (error) {
      this.#refused = FleetError.from(error);
      this.#socket.close(REFUSED);
      setTimeout(() => this.#socket.terminate(), 1_000).unref();
      this.#mux?.close();
    }
  }

  #ping(): void {
    if (performance.now() - this.#heardAt > SILENCE_MS) return this.close();
    if (this.#socket.readyState === this.#socket.OPEN) this.#socket.ping();
  }

  #over(): void {
    clearTimeout(this.#late);
    clearInterval(this.#beat);
    this.#mux?.close();
    this.#deps.closed(this, this.#refused);
  }
}
