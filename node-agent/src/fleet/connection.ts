// One connection to NATS. The client's own reconnecting is off: it queues what is published meanwhile and loses it without a
// word. Here a connection that ends is over, publishing on it throws, and keep-connected.ts makes the next one.
import { readFile } from "node:fs/promises";
import { FleetError } from "@fleetwire/shared/errors";
import { subjects } from "@fleetwire/shared/bus";
import type { PublicKey } from "@fleetwire/shared/ids";
import { type KeyPair, natsLogin, readCreds, readUserJwt } from "@fleetwire/shared/keys";
import type * as Nats from "nats";
import type * as Client from "./nats-client.ts";

export type Connection = Nats.NatsConnection;

export interface ConnectSettings {
  readonly urls: readonly string[];
  /** For the server's lists; no secret. */
  readonly name: string;
  readonly login:
    | { readonly kind: "jwt"; readonly jwt: string; readonly key: KeyPair }
    /** `key`: one's own; the file may be for it, and then needs no seed. */
    | { readonly kind: "creds"; readonly file: string; readonly key?: KeyPair }
    | { readonly kind: "token"; readonly token: string }
    /** `key`: for servers that list their users by nkey. */
    | { readonly kind: "none"; readonly key?: KeyPair };
  /** Whose inbox answers come to. Without it a random one (for accounts of our own services). */
  readonly inboxOf?: PublicKey;
  /** PEM, for `tls://` addresses. */
  readonly ca?: string;
  readonly timeoutMs?: number;
}

/** @throws FleetError `nats-unreachable`, `nats-denied` */
export async function connectOnce(settings: ConnectSettings): Promise<Connection> {
  // Loaded on use: an agent without a fleet never pays for it.
  const nats = await import("./nats-client.ts");
  const secure = settings.urls.some((url) => url.startsWith("tls://"));
  try {
    return await nats.connect({
      servers: [...settings.urls],
      name: settings.name,
      ...(await loginOf(settings, nats)),
      ...(settings.inboxOf === undefined ? {} : { inboxPrefix: subjects.inboxPrefix(settings.inboxOf) }),
      // With `tls` set the client refuses a server that offers none.
      ...(secure ? { tls: settings.ca === undefined ? {} : { ca: settings.ca } } : {}),
      reconnect: false,
      timeout: settings.timeoutMs ?? 5_000,
      pingInterval: 5_000,
      maxPingOut: 2,
      noEcho: false,
    });
  } catch (error) {
    throw connectError(error, settings);
  }
}

async function loginOf({ login }: ConnectSettings, nats: typeof Client): Promise<{ authenticator?: Nats.Authenticator; token?: string }> {
  switch (login.kind) {
    case "jwt":
      return { authenticator: natsLogin(login.jwt, login.key) };
    case "creds":
      return { authenticator: await credsLogin(login.file, login.key, nats) };
    case "token":
      return { token: login.token };
    case "none": {
      const { key } = login;
      if (key === undefined) return {};
      // A server that wants no key gives nothing to sign.
      return { authenticator: (nonce) => (nonce === undefined ? undefined : nats.nkeyAuthenticator(new TextEncoder().encode(key.seed))(nonce)) };
    }
  }
}

async function credsLogin(file: string, key: KeyPair | undefined, nats: typeof Client): Promise<Nats.Authenticator> {
  const text = await readFile(file).catch((error: unknown) => {
    throw new FleetError("bad-config", `the creds file can't be read: ${file}`, { cause: error });
  });
  const jwt = readCreds(text.toString("utf8"))?.jwt;
  const isOwn = key !== undefined && jwt !== undefined && readUserJwt(jwt).sub === key.publicKey;
  return isOwn ? nats.jwtAuthenticator(jwt, new TextEncoder().encode(key.seed)) : nats.credsAuthenticator(text);
}

/**
 * Resolves when the server has all that was sent.
 * @throws FleetError when the connection is lost before: the client's own flush() is never answered then
 */
export async function flushed(connection: Connection): Promise<void> {
  const lost = connection.closed().then((error) => {
    throw closeReason(error);
  });
  await Promise.race([connection.flush(), lost]);
}

/** Codes of the client for a credential that isn't accepted. A server too busy to answer in time (AUTHENTICATION_TIMEOUT) is not among them. */
const DENIED = ["AUTHORIZATION_VIOLATION", "AUTHENTICATION_EXPIRED", "BAD_AUTHENTICATION", "BAD_CREDS", "ACCOUNT_EXPIRED", "INVALID_CREDS"];

/** Why a connection is over. */
export function closeReason(error: Error | void): FleetError {
  const code = (error as { code?: string } | undefined)?.code ?? "";
  if (DENIED.includes(code)) return new FleetError("nats-denied", "the server ended the connection: the credential has expired or was revoked", { cause: error });
  return new FleetError("nats-unreachable", "the connection was lost", { cause: error ?? undefined });
}

function connectError(error: unknown, { urls, login }: ConnectSettings): FleetError {
  if (error instanceof FleetError) return error;
  const code = (error as { code?: string }).code ?? "";
  const message = error instanceof Error ? error.message : String(error);
  const where = urls.join(", ");
  if (DENIED.includes(code)) return new FleetError("nats-denied", refusal(login), { cause: error });
  return new FleetError("nats-unreachable", `${where}: ${reason(code, message)}`, { cause: error });
}

/** The server says no more than that it refuses; when the credential ended stands in it. */
function refusal(login: ConnectSettings["login"]): string {
  const { exp = 0 } = login.kind === "jwt" ? readUserJwt(login.jwt) : {};
  if (exp > 0 && exp * 1000 <= Date.now()) return `the server refused the credential: it expired on ${new Date(exp * 1000).toISOString()}`;
  return "the server refused the credential: it was revoked, or is not for this server";
}

function reason(code: string, message: string): string {
  if (code === "CONNECTION_REFUSED" || message.includes("ECONNREFUSED")) return "nothing listens there";
  if (code === "TIMEOUT" || code === "CONNECTION_TIMEOUT") return "no answer";
  return message === "" ? code : message;
}
