// One connection to a fleet's NATS, for the length of a command.
import { readFileSync } from "node:fs";
import { subjects, type Credentials } from "@fleetwire/shared/bus";
import { FleetError } from "@fleetwire/shared/errors";
import type { FleetName, PublicKey } from "@fleetwire/shared/ids";
import { natsLogin, type KeyPair } from "@fleetwire/shared/keys";
import { connect, credsAuthenticator, type ConnectionOptions, type NatsConnection } from "nats";

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
  readonly settings: LinkSettings;
  readonly connection: NatsConnection;
  /** Anybody who reaches the server may do anything. */
  readonly unprotected: boolean;
}

const CONNECT_MS = 5_000;

/** @throws FleetError `nats-unreachable`, `nats-denied`, `bad-config` */
export async function openLink(settings: LinkSettings): Promise<Link> {
  const { urls, credentials } = settings;
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
    });
  } catch (error) {
    throw connectError(error, urls);
  }
  return {
    settings,
    connection,
    unprotected: connection.info?.auth_required !== true,
    [Symbol.asyncDispose]: () => connection.close(),
  };
}

function loginOf({ credentials, key, creds, token }: LinkSettings): ConnectionOptions {
  if (credentials !== undefined) return { authenticator: natsLogin(credentials.jwt, key) };
  if (creds !== undefined) return { authenticator: credsAuthenticator(readCreds(creds)) };
  return token === undefined ? {} : { token };
}

function readCreds(file: string): Uint8Array {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new FleetError("bad-config", `the creds file can't be read: ${(error as Error).message}`, { cause: error });
  }
}

const DENIED = ["AUTHORIZATION_VIOLATION", "AUTHENTICATION_EXPIRED", "AUTHENTICATION_TIMEOUT", "BAD_AUTHENTICATION", "BAD_CREDS", "ACCOUNT_EXPIRED", "INVALID_CREDS"];

function connectError(error: unknown, urls: readonly string[]): FleetError {
  if (error instanceof FleetError) return error;
  const { code = "", message = "" } = error as { code?: string; message?: string };
  // A URL may hold a password.
  const where = urls.map((url) => url.replace(/\/\/[^@/]*@/, "//…@")).join(", ");
  if (DENIED.includes(code)) return new FleetError("nats-denied", `${where} refused the credential`, { cause: error });
  const reason = code === "CONNECTION_REFUSED" || message.includes("ECONNREFUSED") ? "nothing listens there" : code === "TIMEOUT" || code === "CONNECTION_TIMEOUT" ? "no answer" : message || code;
  return new FleetError("nats-unreachable", `${where}: ${reason}`, { cause: error });
}
