// Which way leads to the node: its own addresses one after the other and, when none has answered soon, the hub's relay beside
// them (RFC 8305 does the same with IPv4 and IPv6). The first that proves to be the session's host is kept.
import type { AttachAddress } from "@fleetwire/shared/bus";
import { weightiest, type Failure } from "./failure.ts";
import { sleep } from "./timing.ts";

export interface Attempt {
  readonly address: AttachAddress;
  /** Aborted when another way has led there. */
  readonly signal: AbortSignal;
  /** Resolves when it is this one's turn to prove itself. */
  readonly turn: () => Promise<void>;
}

/** Whoever was challenged first may prove itself for so long before the other does. A resume secret proves only one at a time. */
const TURN_MS = 2_000;

/** @returns undefined once `attempt` has answered so, otherwise why no way leads there */
export async function reach(addresses: readonly AttachAddress[], attempt: (one: Attempt) => Promise<Failure | undefined>, { headStartMs, signal }: { headStartMs: number; signal: AbortSignal }): Promise<Failure | undefined> {
  const failures: Failure[] = [];
  const floor = new Floor();
  const own = new AbortController();
  const relayed = new AbortController();

  /** @returns whether one of them led there */
  async function inTurn(list: readonly AttachAddress[], self: AbortController, other: AbortController): Promise<boolean> {
    for (const address of list) {
      if (self.signal.aborted || signal.aborted) return false;
      const failure = await attempt({ address, signal: self.signal, turn: () => floor.take(self) });
      if (failure === undefined) other.abort();
      floor.leave(self);
      if (failure === undefined) return true;
      failures.push(failure);
    }
    return false;
  }

  const first = inTurn(addresses.filter((address) => !isRelayed(address)), own, relayed);
  const headStart = Promise.race([first, sleep(headStartMs, relayed.signal)]);
  const second = headStart.then(() => inTurn(addresses.filter(isRelayed), relayed, own));
  const led = await Promise.all([first, second]);
  return led.includes(true) ? undefined : weightiest(failures);
}

function isRelayed(address: AttachAddress): boolean {
  return address.kind === "url" && address.via === "relay";
}

/** One at a time, and nobody for ever. */
class Floor {
  #holder: object | undefined;
  #next: (() => void) | undefined;

  async take(who: object): Promise<void> {
    if (this.#holder !== undefined && this.#holder !== who) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, TURN_MS);
        this.#next = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    this.#holder = who;
  }

  leave(who: object): void {
    if (this.#holder !== who) return;
    this.#holder = undefined;
    this.#next?.();
    this.#next = undefined;
  }
}
