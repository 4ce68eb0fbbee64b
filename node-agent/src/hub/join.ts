// `fleet up --join TOKEN`: this machine's key is signed by the hub's registry; the private half stays here.
import { join as joinPath } from "node:path";
import { decodeJoinToken, fleetEnroll, subjects, type Credentials, type JoinToken } from "@fleetwire/shared/bus";
import { FleetError, parseOr } from "@fleetwire/shared/errors";
import type { PublicKey } from "@fleetwire/shared/ids";
import { keyPairFromSeed, readUserJwt, type KeyPair } from "@fleetwire/shared/keys";
import { ask, connectOnce, type Connection } from "../fleet/index.ts";
import { readOrCreateSeed, storeCredentials } from "./credentials.ts";

export interface JoinDeps {
  readonly stateDir: string;
  readonly configDir: string;
  readonly nodeKey: KeyPair;
  readonly hostname: string;
}

export interface Joined {
  readonly credentials: Credentials;
  /** The node itself joined: its link has to be made anew. Otherwise a caller did. */
  readonly node: boolean;
}

/**
 * @param name the node's own name, for a token that fixes none
 * @throws FleetError `bad-token`, `nats-unreachable`, `timeout`
 */
export async function joinFleet(deps: JoinDeps, token: string, name?: string): Promise<Joined> {
  const decoded = decodeJoinToken(token);
  const node = decoded.role === "node";
  const key = node ? deps.nodeKey : readOrCreateSeed(joinPath(deps.configDir, "caller.nk"));
  const { jwt, role, name: given } = await enroll(decoded, { key: key.publicKey, hostname: deps.hostname, ...(name === undefined ? {} : { name }) });
  checkMinted(jwt, key, decoded, role);
  const credentials: Credentials = { version: 1, facts: decoded.facts, role, name: given ?? name, key: key.publicKey as PublicKey, jwt };
  storeCredentials(joinPath(node ? deps.stateDir : deps.configDir, "credentials.json"), credentials);
  return { credentials, node };
}

async function enroll({ facts, jwt, seed }: JoinToken, body: { key: string; hostname: string; name?: string }) {
  const joiner = keyPairFromToken(seed);
  const connection = await connect(facts, jwt, joiner);
  try {
    const answer = await ask(connection, {
      subject: subjects.query(facts.fleet, fleetEnroll.verb, joiner.publicKey as PublicKey),
      target: "registry",
      verb: fleetEnroll.verb,
      body,
      key: joiner,
      jwt,
      signers: facts.registries,
      timeoutMs: fleetEnroll.timeoutMs,
    });
    return parseOr(fleetEnroll.output, answer, "the registry's answer");
  } catch (error) {
    const known = FleetError.from(error);
    if (known.code === "node-unreachable") throw new FleetError("nats-unreachable", "the hub's registry does not answer", { hint: "'fleet hub status' on the hub shows what runs" });
    throw known;
  } finally {
    await connection.close();
  }
}

async function connect(facts: JoinToken["facts"], jwt: string, joiner: KeyPair): Promise<Connection> {
  try {
    return await connectOnce({ urls: facts.urls, name: "fleet join", login: { kind: "jwt", jwt, key: joiner }, inboxOf: joiner.publicKey as PublicKey, ca: facts.ca });
  } catch (error) {
    const known = FleetError.from(error);
    if (known.code === "nats-denied") throw new FleetError("bad-token", "the hub refused this token: it has expired or was revoked");
    throw known;
  }
}

function keyPairFromToken(seed: string): KeyPair {
  try {
    return keyPairFromSeed(seed);
  } catch {
    throw new FleetError("bad-token", "the join token is damaged");
  }
}

/** What came back has to be for our key, from the fleet's own issuer of that role. */
function checkMinted(jwt: string, key: KeyPair, { facts }: JoinToken, role: string): void {
  const claims = readUserJwt(jwt);
  const issuer = facts.issuers.find((one) => one.key === claims.iss);
  if (claims.sub !== key.publicKey || issuer?.role !== role) throw new FleetError("bad-token", "the registry answered with a credential that is not ours");
}
