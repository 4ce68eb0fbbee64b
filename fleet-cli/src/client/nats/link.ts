// One connection to a fleet's NATS. When it ends it has ended: whoever needs one makes the next.
import { subjects, type Credentials } from "@fleetwire/shared/bus";
import { FleetError } from "@fleetwire/shared/errors";
import type { FleetName, PublicKey } from "@fleetwire/shared/ids";
import { natsLogin, readUserJwt, type KeyPair } from "@fleetwire/shared/keys";
import { connect, nkeyAuthenticator, type ConnectionOptions, type NatsConnection } from "nats";
import { asWhom, type AsWhom } from "./as-whom.ts";

/** How to reach a fleet, and as whom. */
export interface LinkSettings {
  readonly urls: readonly string[];
  readonly fleet: FleetName;
  readonly key: KeyPair;
  /** This caller joined the fleet: its role's proof, and whom to believe. */
  readonly credentials?: Credentials;
  /** Path of a creds file, for a NATS that isn't a hub of ours. */
  readonly creds?: string;
  readonly token?: string;
}

export interface Link extends AsyncDisposable {
  /** The key is the one that speaks, which a creds file may have named. */
  readonly settings: LinkSettings & AsWhom;
  readonly connection: NatsConnection;
  /** Anybody who reaches the server may do anything. */
  readonly unprotected: boolean;
}

const CONNECT_MS = 5_000;
const PING_MS = 10_000;

/** @throws FleetError `nats-unreachable`, `nats-denied`, `credential-expired`, `bad-config` */
export async function openLink(given: LinkSettings): Promise<Link> {
  const { urls, credentials } = given;
  const settings = { ...given, ...asWhom(given.key, credentials?.jwt, given.creds) };
  let connection: NatsConnection;
  try {
    connection = await connect({
      servers: [...urls],
      name: "fleet",
      ...loginOf(settings),
      inboxPrefix: subjects.inboxPrefix(settings.key.publicKey as PublicKey),
      // With `tls` set the client refuses a server that offers none.
      ...(urls.some((url) => url.startsWith("tls://")) ? { tls: credentials?.facts.ca === undefined ? {} : { ca: credentials.facts.ca } } : {}),
      // Publishing while disconnected fails at once; nothing is queued.
      reconnect: false,
      timeout: CONNECT_MS,
      // A server that is gone without a word is noticed after two of these.
      pingInterval: PING_MS,
    });
  } catch (error) {
    throw connectError(error, settings);
  }
  return {
    settings,
    connection,
    unprotected: connection.info?.auth_required !== true,
    [Symbol.asyncDispose]: () => connection.close(),
  };
}

function loginOf({ key, jwt, token }: Link["settings"]): ConnectionOptions {
  if (jwt !== undefined) return { authenticator: natsLogin(jwt, key) };
  if (token !== undefined) return { token };
  // A server that wants no key gives nothing to sign.
  return { authenticator: (nonce) => (nonce === undefined ? undefined : nkeyAuthenticator(new TextEncoder().encode(key.seed))(nonce)) };
}

const DENIED = ["AUTHORIZATION_VIOLATION", "AUTHENTICATION_EXPIRED", "AUTHENTICATION_TIMEOUT", "BAD_AUTHENTICATION", "BAD_CREDS", "ACCOUNT_EXPIRED", "INVALID_CREDS"];

function connectError(error: unknown, { urls, jwt }: Link["settings"]): FleetError {
  if (error instanceof FleetError) return error;
  const { code = "", message = "" } = error as { code?: string; message?: string };
  // A URL may hold a password.
  const where = urls.map((url) => url.replace(/\/\/[^@/]*@/, "//…@")).join(", ");
  if (DENIED.includes(code)) return expired(jwt, error) ?? new FleetError("nats-denied", `${where} refused the credential: it was revoked, or is not for this server`, { cause: error });
  const reason = code === "CONNECTION_REFUSED" || message.includes("ECONNREFUSED") ? "nothing listens there" : code === "TIMEOUT" || code === "CONNECTION_TIMEOUT" ? "no answer" : message || code;
  return new FleetError("nats-unreachable", `${where}: ${reason}`, { cause: error });
}

/** The server says no more than that it refuses; when the credential ended stands in it. */
function expired(jwt: string | undefined, cause: unknown): FleetError | undefined {
  const { exp = 0 } = jwt === undefined ? {} : readUserJwt(jwt);
  return exp === 0 || exp * 1000 > Date.now() ? undefined : new FleetError("credential-expired", `your credential for this fleet expired on ${new Date(exp * 1000).toISOString()}`, { cause });
}
