// A node's own credential grows old: from half its life on the registry is asked for the next one; at once when the registry says
// that this one is about to be taken back.
import { fleetRenew, subjects, type FleetTrust } from "@fleetwire/shared/bus";
import { FleetError, parseOr } from "@fleetwire/shared/errors";
import type { PublicKey } from "@fleetwire/shared/ids";
import { readUserJwt, type UserClaims } from "@fleetwire/shared/keys";
import { ask } from "./ask.ts";
import type { Connection } from "./connection.ts";
import type { Trust } from "./trust.ts";
import type { FleetLinkDeps } from "./types.ts";

/** A registry that is away is asked again after this; when the credential is about to be taken back, sooner. */
const AGAIN_MS = 60_000;
const URGENT_MS = 3_000;
/** Asked by all nodes in one moment, a registry would answer none in time. */
const SPREAD_MS = 2_000;
/** Timers hold no more. */
const LONGEST_MS = 2 ** 31 - 1;

/** When to ask, milliseconds since 1970; undefined: never, it does not expire and nobody wants it back. */
export function renewAt({ iss, sub, iat = 0, exp = 0 }: UserClaims, { issuers, renew }: Pick<FleetTrust, "issuers" | "renew">): number | undefined {
  const wanted = Object.hasOwn(renew, sub) ? renew[sub] : undefined;
  if (wanted !== undefined && iat <= wanted) return 0;
  if (issuers.some(({ key, retiring }) => key === iss && retiring === true)) return 0;
  return exp === 0 ? undefined : (iat + (exp - iat) / 2) * 1000;
}

export interface RenewalDeps extends Pick<FleetLinkDeps, "settings" | "nodeKey" | "log"> {
  readonly trust: Trust;
  /** A new credential is there: it is to be kept, and used from now on. */
  readonly onRenewed: (jwt: string) => void;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** Asks for the next credential on this connection when it is time. */
export function keepRenewed(connection: Connection, deps: RenewalDeps): Disposable {
  const { settings, nodeKey, trust, log, now } = deps;
  const credentials = settings.credentials;
  if (credentials === undefined) return { [Symbol.dispose]() {} };
  const { jwt, facts } = credentials;
  const claims = readUserJwt(jwt);
  let timer: NodeJS.Timeout | undefined;
  let asking = false;
  let over = false;

  function plan(atLeastMs = 0): void {
    const at = renewAt(claims, trust.current());
    if (over || asking || at === undefined) return;
    clearTimeout(timer);
    const wait = Math.max(atLeastMs, at - now()) + Math.random() * Math.min(SPREAD_MS, ((claims.exp ?? 0) - (claims.iat ?? 0)) * 50 || SPREAD_MS);
    timer = setTimeout(() => void (wait > LONGEST_MS ? plan() : renew()), Math.min(wait, LONGEST_MS));
  }

  async function renew(): Promise<void> {
    asking = true;
    try {
      const answer = await ask(connection, { subject: subjects.query(facts.fleet, fleetRenew.verb, nodeKey.publicKey as PublicKey), target: "registry", verb: fleetRenew.verb, body: {}, key: nodeKey, jwt, signers: facts.registries, timeoutMs: fleetRenew.timeoutMs });
      const next = parseOr(fleetRenew.output, answer, "the registry's answer").jwt;
      if (over) return;
      const { sub, iss } = readUserJwt(next);
      if (sub !== nodeKey.publicKey || !trust.current().issuers.some(({ key, role }) => key === iss && role === "node")) throw new FleetError("bad-signature", "the registry answered with a credential that is not ours");
      log.info({}, "the node's credential was renewed");
      deps.onRenewed(next);
      over = true;
    } catch (error) {
      asking = false;
      log.warn({ code: FleetError.from(error).code, reason: FleetError.from(error).message }, "the node's credential was not renewed; trying again");
      plan(renewAt(claims, trust.current()) === 0 ? URGENT_MS : AGAIN_MS);
    }
  }

  const unlisten = trust.onChange(() => plan());
  plan();
  return {
    [Symbol.dispose]() {
      over = true;
      unlisten();
      clearTimeout(timer);
    },
  };
}
