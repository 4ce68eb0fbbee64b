// The way in for viewers when nobody can dial this node: a connection outwards to the hub's relay, kept for as long as the
// agent's word stands, whether the agent lives or not. A host that is told to let go keeps it until its viewers have left.
import type { Duplex } from "node:stream";
import type { HostOutput } from "@fleetwire/shared/control";
import type { KeyPair } from "@fleetwire/shared/wire";
import { RelayLine, type RelayPlace } from "./relay-line.ts";

export interface UplinkDeps {
  readonly hostKey: KeyPair;
  readonly viewer: (socket: Duplex) => void;
  readonly log: (line: string) => void;
}

/** Milliseconds. */
const BASE_MS = 500;
const MOST_MS = 15_000;
/** A line that lasted less counts as a failed attempt. */
const SHORT_MS = 5_000;

export class Uplink implements Disposable {
  readonly #deps: UplinkDeps;
  #place: RelayPlace | undefined;
  #line: RelayLine | undefined;
  #connected = false;
  #attempt = 0;
  #openedAt = 0;
  #problem: string | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(deps: UplinkDeps) {
    this.#deps = deps;
  }

  get state(): HostOutput<"relay"> {
    return { connected: this.#connected, ...(this.#problem === undefined ? {} : { detail: this.#problem }) };
  }

  /** @param place undefined: let go. A new pass for the same place is for the next connection; this one stays. */
  set(place: RelayPlace | undefined): void {
    const same = place?.url === this.#place?.url && place?.relay === this.#place?.relay && place?.ca === this.#place?.ca;
    this.#place = place;
    if (same) return;
    this.#letGo();
    if (place !== undefined) this.#dial();
  }

  [Symbol.dispose](): void {
    this.#place = undefined;
    const line = this.#line;
    this.#letGo();
    line?.close();
  }

  #letGo(): void {
    clearTimeout(this.#timer);
    const line = this.#line;
    this.#line = undefined;
    this.#problem = undefined;
    this.#connected = false;
    line?.drain();
  }

  #dial(): void {
    const place = this.#place;
    if (place === undefined) return;
    const line: RelayLine = new RelayLine(place, {
      hostKey: this.#deps.hostKey,
      viewer: this.#deps.viewer,
      opened: () => this.#line === line && this.#opened(),
      closed: (reason) => this.#line === line && this.#closed(reason),
    });
    this.#line = line;
  }

  #opened(): void {
    this.#openedAt = performance.now();
    this.#problem = undefined;
    this.#connected = true;
  }

  /** Full jitter: a relay that was restarted isn't dialled by all nodes in the same moment. */
  #closed(reason: string): void {
    if (this.#problem !== reason) this.#deps.log(`no relay: ${reason}`);
    this.#line = undefined;
    this.#problem = reason;
    const lasted = this.#connected && performance.now() - this.#openedAt > SHORT_MS;
    this.#attempt = lasted ? 0 : this.#attempt + 1;
    this.#connected = false;
    this.#timer = setTimeout(() => this.#dial(), Math.random() * Math.min(MOST_MS, BASE_MS * 2 ** Math.min(this.#attempt, 10)));
  }
}
