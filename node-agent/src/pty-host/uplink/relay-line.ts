// One connection of this host to a relay: the handshake, then streams, each of which is a viewer.
import type { Duplex } from "node:stream";
import { WebSocket } from "ws";
import { FleetError, parseJson, parseOr } from "@fleetwire/shared/errors";
import { MAX_MUX_FRAME, Mux } from "@fleetwire/shared/mux";
import { MAX_RELAY_TEXT, PING_MS, proveRelay, RELAY_NODE_PATH, RELAY_SUBPROTOCOL, RELAY_WINDOW, RelayChallenge, RelayWelcome, SILENCE_MS, type KeyPair } from "@fleetwire/shared/wire";
import type { HostInput } from "@fleetwire/shared/control";
import { StreamSocket } from "./stream-socket.ts";

export type RelayPlace = NonNullable<HostInput<"relay">["relay"]>;

export interface LineDeps {
  readonly hostKey: KeyPair;
  /** A viewer's connection, as if it had been dialled here. */
  readonly viewer: (socket: Duplex) => void;
  /** The relay takes viewers for us now. */
  readonly opened: () => void;
  /** Once, whether it was open before or not. */
  readonly closed: (reason: string) => void;
}

const CONNECT_MS = 10_000;

export class RelayLine {
  readonly #place: RelayPlace;
  readonly #deps: LineDeps;
  readonly #socket: WebSocket;
  readonly #late: NodeJS.Timeout;
  readonly #beat: NodeJS.Timeout;
  #mux: Mux | undefined;
  #heardAt = performance.now();
  #draining = false;
  #reason = "it ended the connection";

  constructor(place: RelayPlace, deps: LineDeps) {
    this.#place = place;
    this.#deps = deps;
    this.#socket = new WebSocket(`${place.url}${RELAY_NODE_PATH}`, RELAY_SUBPROTOCOL, {
      handshakeTimeout: CONNECT_MS,
      perMessageDeflate: false,
      maxPayload: Math.max(MAX_MUX_FRAME, MAX_RELAY_TEXT),
      // Masks are against proxies that mistake a page's bytes for HTTP. This is no page, and it goes through TLS.
      generateMask: (mask) => mask.fill(0),
      ...(place.ca === undefined ? {} : { ca: place.ca }),
    });
    const socket = this.#socket;
    this.#late = setTimeout(() => this.#fail("no answer in time"), CONNECT_MS);
    this.#beat = setInterval(() => this.#ping(), PING_MS / 3);
    socket.on("message", (data: Buffer, binary: boolean) => this.#guard(() => this.#received(data, binary)));
    for (const event of ["ping", "pong"]) socket.on(event, () => (this.#heardAt = performance.now()));
    socket.on("error", (error) => this.#fail(error.message));
    socket.on("close", (code) => this.#over(code));
  }

  /** Viewers who are there now. */
  get viewers(): number {
    return this.#mux?.size ?? 0;
  }

  /** Takes no new viewers from now on and closes after the last one. */
  drain(): void {
    this.#draining = true;
    this.#closeWhenEmpty();
  }

  close(): void {
    this.#socket.terminate();
  }

  #received(data: Buffer, binary: boolean): void {
    this.#heardAt = performance.now();
    if (this.#mux !== undefined && binary) return this.#mux.receive(data);
    if (binary || data.length > MAX_RELAY_TEXT) throw new FleetError("bad-input", "not the relay's protocol");
    const message = parseJson(data.toString("utf8"), "the relay's message");
    if (this.#mux !== undefined) return;
    const challenge = RelayChallenge.safeParse(message);
    if (challenge.success) this.#hello(challenge.data);
    else this.#welcome(parseOr(RelayWelcome, message, "the relay's message"));
  }

  #hello(challenge: RelayChallenge): void {
    const { pass, relay } = this.#place;
    if (challenge.relay !== relay) throw new FleetError("bad-signature", "another relay than the fleet's answers there");
    this.#socket.send(JSON.stringify({ type: "hello", pass, proof: proveRelay(challenge, this.#deps.hostKey) }));
  }

  #welcome({ streams }: RelayWelcome): void {
    clearTimeout(this.#late);
    const socket = this.#socket;
    const mux = new Mux({
      carrier: { send: (frame) => socket.send(frame, () => mux.pump()), waiting: () => socket.bufferedAmount },
      opened: (stream) => this.#deps.viewer(new StreamSocket(stream)),
      closed: () => this.#closeWhenEmpty(),
      maxStreams: streams,
      window: RELAY_WINDOW,
      now: () => performance.now(),
    });
    this.#mux = mux;
    this.#deps.opened();
  }

  #closeWhenEmpty(): void {
    if (this.#draining && this.viewers === 0) this.#socket.close(1000);
  }

  #guard(action: () => void): void {
    try {
      action();
    } catch (error) {
      this.#fail(FleetError.from(error).message);
    }
  }

  #ping(): void {
    if (performance.now() - this.#heardAt > SILENCE_MS) return this.#fail("nothing heard from it");
    if (this.#socket.readyState === this.#socket.OPEN) this.#socket.ping();
  }

  #fail(reason: string): void {
    this.#reason = reason;
    this.#socket.terminate();
  }

  #over(code: number): void {
    clearTimeout(this.#late);
    clearInterval(this.#beat);
    this.#mux?.close();
    this.#deps.closed(code === 4401 ? "it does not take this node's pass" : this.#reason);
  }
}
