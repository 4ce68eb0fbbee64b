// Which right the next connection shows: the resume secret while it is good, otherwise a ticket, renewed when it was refused.
import { FleetError } from "@fleetwire/shared/errors";
import type { AttachAddress } from "@fleetwire/shared/bus";
import type { Failure } from "./failure.ts";
import { checkGrant, resumeCredential, type Checked, type Credential } from "./grant.ts";
import type { StreamOptions } from "./types.ts";

/** New tickets in a row that may be refused. */
const MAX_REFUSED = 3;
/** After so many failed attempts it is asked whether the session has moved or gone. */
const LOOK_AROUND = 4;

export class Rights {
  readonly #options: Pick<StreamOptions, "renew" | "nodeKey">;
  #checked: Checked;
  #addresses: readonly AttachAddress[];
  #resume: Credential | undefined;
  /** The ticket has opened a connection: it opens no other. */
  #spent = false;
  #everWelcomed = false;
  #epoch: string;
  #renewedInARow = 0;

  constructor(checked: Checked, options: Pick<StreamOptions, "renew" | "nodeKey">) {
    this.#checked = checked;
    this.#addresses = checked.addresses;
    this.#epoch = checked.ticket.epoch;
    this.#options = options;
  }

  get addresses(): readonly AttachAddress[] {
    return this.#addresses;
  }

  get credential(): Credential {
    return this.#resume ?? this.#checked.credential;
  }

  /** @param secret the next resume secret. @returns what the connection is to the one before */
  welcomed(secret: string | undefined): "first" | "resumed" | "new-attach" | "new-epoch" {
    const epochBefore = this.#epoch;
    const resumed = this.#resume !== undefined;
    const first = !this.#everWelcomed;
    this.#epoch = this.#checked.ticket.epoch;
    this.#everWelcomed = true;
    this.#spent = true;
    this.#renewedInARow = 0;
    this.#resume = secret === undefined ? undefined : resumeCredential(secret, this.#checked.credential);
    if (first) return "first";
    if (resumed) return "resumed";
    return epochBefore === this.#epoch ? "new-attach" : "new-epoch";
  }

  /**
   * Gets what the next attempt needs. @param failure of the last one; undefined: the connection was ended here
   * @returns why there is no sense in going on, or undefined
   */
  async afterFailure(failure: Failure | undefined, attempt: number): Promise<Failure | undefined> {
    if (failure?.verdict === "final") return failure;
    if (failure?.verdict === "renew") this.#resume = undefined;
    if (failure?.verdict === "renew" || (this.#spent && this.#resume === undefined)) {
      if (this.#renewedInARow >= MAX_REFUSED && failure !== undefined) return { verdict: "final", error: failure.error };
      return this.renew(failure);
    }
    return attempt % LOOK_AROUND === 0 ? this.#lookAround() : undefined;
  }

  /** @returns why it will never work; undefined when there is a new ticket, or hope for one */
  async renew(failure?: Failure): Promise<Failure | undefined> {
    if (this.#options.renew === undefined) {
      return { verdict: "final", error: failure?.error ?? new FleetError("connection-lost", "the connection was cut and can't be resumed") };
    }
    try {
      this.#adopt(checkGrant(await this.#options.renew(), this.#options.nodeKey ?? this.#checked.ticket.node));
      this.#renewedInARow++;
      return undefined;
    } catch (error) {
      const reason = FleetError.from(error);
      return reason.retryable ? undefined : { verdict: "final", error: reason };
    }
  }

  /** Nobody answers where the session was: perhaps it is served elsewhere now, or gone. The resume secret stays good. */
  async #lookAround(): Promise<Failure | undefined> {
    if (this.#options.renew === undefined) return undefined;
    try {
      const found = checkGrant(await this.#options.renew(), this.#options.nodeKey ?? this.#checked.ticket.node);
      const { ticket } = this.#checked;
      if (found.ticket.hostKey === ticket.hostKey && found.ticket.epoch === ticket.epoch && this.#resume !== undefined) this.#addresses = found.addresses;
      else this.#adopt(found);
      return undefined;
    } catch (error) {
      const reason = FleetError.from(error);
      return GONE.includes(reason.code) ? { verdict: "final", error: reason } : undefined;
    }
  }

  #adopt(checked: Checked): void {
    this.#checked = checked;
    this.#addresses = checked.addresses;
    this.#resume = undefined;
    this.#spent = false;
  }
}

const GONE: readonly string[] = ["unknown-session", "not-running", "log-gone"];
