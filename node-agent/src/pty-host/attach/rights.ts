// The rights by which somebody attaches (D7): a ticket, once, or a resume secret from an earlier connection, which changes
// with each use. Both are bound to the client's key; that key must still be proved in the channel.
import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { FleetError } from "@fleetwire/shared/errors";
import { openTicket, RESUME_MS, TICKET_MS } from "@fleetwire/shared/wire";
import type { Session } from "../session/session.ts";
import { BELIEVE_ALL, isBelieved, type Asker, type Belief } from "./belief.ts";

/** One attach over all its connections: what a resume goes on with. */
export interface Attach {
  readonly session: Session;
  readonly scope: "read" | "write";
  readonly clientKey: string;
  readonly asker: Asker;
  /** Input taken so far: the next offset wanted. */
  inputOffset: number;
  /** Ends the connection that serves it now. */
  replace?: (() => void) | undefined;
  /** What it can be resumed by; absent before the first welcome. */
  family?: Family;
}

export interface Right {
  /** What the proofs are about. */
  readonly id: string;
  readonly attach: Attach;
  /** Hash of the resume secret that was shown. */
  readonly shown?: Buffer;
}

interface Family {
  readonly id: string;
  readonly attach: Attach;
  current: Buffer;
  /** Good until the current one is known to have arrived. */
  previous: Buffer | undefined;
  expires: number;
}

export interface RightsDeps {
  readonly nodeKey: () => string | undefined;
  readonly hostKey: string;
  /** In every secret, so that another host of this node knows whose it is. */
  readonly hostId: string;
  readonly find: (id: number, epoch: string) => Session;
  readonly now: () => number;
}

const MAX_FAMILIES = 10_000;

export class Rights {
  readonly #deps: RightsDeps;
  readonly #used = new Map<string, number>();
  readonly #families = new Map<string, Family>();
  #belief = BELIEVE_ALL;

  constructor(deps: RightsDeps) {
    this.#deps = deps;
  }

  /** Uses the ticket up. @throws FleetError `bad-ticket`, the same for every reason; `unknown-session` */
  byTicket(sealed: string): Right {
    const { nodeKey, hostKey, find, now } = this.#deps;
    const key = nodeKey();
    if (key === undefined) throw bad();
    const ticket = openTicket(sealed, key);
    const time = now();
    if (ticket.hostKey !== hostKey || ticket.expires < time || ticket.expires > time + TICKET_MS + 5_000 || this.#used.has(ticket.id) || !isBelieved(ticket, this.#belief)) throw bad();
    this.#sweep(time);
    this.#used.set(ticket.id, ticket.expires);
    return { id: ticket.id, attach: { session: find(ticket.session, ticket.epoch), scope: ticket.scope, clientKey: ticket.clientKey, asker: { caller: ticket.caller, credential: ticket.credential }, inputOffset: 0 } };
  }

  /** @throws FleetError `bad-ticket` */
  bySecret(secret: string): Right {
    const [id = "", value = ""] = secret.split(".");
    const family = this.#families.get(id);
    const hash = hashOf(value);
    const isCurrent = family !== undefined && timingSafeEqual(hash, family.current);
    const isPrevious = family?.previous !== undefined && timingSafeEqual(hash, family.previous);
    if (family === undefined || !(isCurrent || isPrevious) || family.expires < this.#deps.now()) throw bad();
    this.#deps.find(family.attach.session.id, family.attach.session.epoch);
    return { id, attach: family.attach, shown: hash };
  }

  /** A new secret for the attach. The one that was shown stays good until `arrived`: the client may never see the new one. */
  secretFor(right: Right): string {
    const { attach } = right;
    const value = randomBytes(24).toString("base64url");
    if (attach.family === undefined) {
      this.#sweep(this.#deps.now());
      if (this.#families.size >= MAX_FAMILIES) this.#families.delete(this.#families.keys().next().value as string);
      attach.family = { id: `${this.#deps.hostId}-${randomBytes(9).toString("hex")}`, attach, current: hashOf(value), previous: undefined, expires: Number.POSITIVE_INFINITY };
    } else {
      attach.family.previous = right.shown;
      attach.family.current = hashOf(value);
      attach.family.expires = Number.POSITIVE_INFINITY;
    }
    this.#families.set(attach.family.id, attach.family);
    return `${attach.family.id}.${value}`;
  }

  /** The client has shown that it has the current secret: it spoke after the welcome. */
  arrived(attach: Attach): void {
    if (attach.family !== undefined) attach.family.previous = undefined;
  }

  /** The connection is lost: from now on the secret ages. */
  lost(attach: Attach): void {
    if (attach.family !== undefined) attach.family.expires = this.#deps.now() + RESUME_MS;
  }

  /** The client has left for good. */
  drop(attach: Attach): void {
    if (attach.family !== undefined) this.#families.delete(attach.family.id);
  }

  /** Nobody comes back to this session without a new ticket. */
  revoke(id: number, epoch: string): void {
    for (const [name, { attach }] of this.#families) if (attach.session.id === id && attach.session.epoch === epoch) this.#families.delete(name);
  }

  /** Whom to believe from now on; the secrets of others are forgotten. */
  believe(belief: Belief): void {
    this.#belief = belief;
    for (const [name, { attach }] of this.#families) if (!isBelieved(attach.asker, belief)) this.#families.delete(name);
  }

  #sweep(now: number): void {
    for (const [id, expires] of this.#used) if (expires < now) this.#used.delete(id);
    for (const [id, { expires }] of this.#families) if (expires < now) this.#families.delete(id);
  }
}

function hashOf(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}

function bad(): FleetError {
  return new FleetError("bad-ticket", "the ticket is not valid");
}
