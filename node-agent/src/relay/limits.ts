// What one remote may take of the relay. Addresses are Caddy's word; behind one may be a whole office.

/** So many at once, and so many more each second. */
export interface Rate {
  readonly burst: number;
  readonly perSecond: number;
}

/** Attempts with a ticket: a wrong one costs the node a signature check and holds nothing. */
export const WITH_RIGHT: Rate = { burst: 256, perSecond: 64 };
/** Attempts of pages, which bring their ticket later: each holds one of the host's places for newcomers for up to 5 s. */
export const WITHOUT_RIGHT: Rate = { burst: 16, perSecond: 3 };
/** Connections of nodes. */
export const NODE_RATE: Rate = { burst: 128, perSecond: 16 };

/** Remotes that are remembered; the one that was quiet for longest is forgotten first. */
const MAX_REMOTES = 10_000;

export class Limiter {
  readonly #rate: Rate;
  readonly #now: () => number;
  readonly #remotes = new Map<string, { left: number; at: number }>();

  /** @param now milliseconds, monotonic */
  constructor(rate: Rate, now: () => number) {
    this.#rate = rate;
    this.#now = now;
  }

  /** @returns whether the remote may make another attempt now */
  take(remote: string): boolean {
    const { burst, perSecond } = this.#rate;
    const now = this.#now();
    const before = this.#remotes.get(remote) ?? { left: burst, at: now };
    const left = Math.min(burst, before.left + ((now - before.at) / 1000) * perSecond);
    this.#remotes.delete(remote);
    this.#remotes.set(remote, { left: Math.max(0, left - 1), at: now });
    if (this.#remotes.size > MAX_REMOTES) this.#remotes.delete(this.#remotes.keys().next().value as string);
    return left >= 1;
  }
}

/** An address as it is counted: whoever has one of an IPv6 network has all of its 2^64. */
export function networkOf(address: string): string {
  const [head = "", tail] = address.split("::");
  if (!address.includes(":")) return address;
  const first = head === "" ? [] : head.split(":");
  const last = tail === undefined || tail === "" ? [] : tail.split(":");
  const between = tail === undefined ? 0 : Math.max(0, 8 - first.length - last.length);
  return [...first, ...Array.from({ length: between }, () => "0"), ...last].slice(0, 4).join(":");
}
