// A caller of a fleet: a key, in a fleet with credentials its JWT too, and signed questions over NATS.
import { randomBytes } from "node:crypto";
import { connect, type NatsConnection } from "nats";
import { NODE_CONTRACTS, openReply, REGISTRY_CONTRACTS, sealRequest, subjects, type InputOf, type NodeVerb, type OutputOf, type RegistryView } from "@fleetwire/shared/bus";
import type { FleetName, OperationId, PoolName, PublicKey } from "@fleetwire/shared/ids";
import { createKeyPair, natsLogin, type KeyPair } from "@fleetwire/shared/keys";

const FLEET = "default" as FleetName;
const POOL = "default" as PoolName;
const WAIT_MS = 10_000;

export class Caller implements AsyncDisposable {
  readonly connection: NatsConnection;
  readonly #key: KeyPair;

  readonly #jwt: string | undefined;

  private constructor(connection: NatsConnection, key: KeyPair, jwt: string | undefined) {
    this.connection = connection;
    this.#key = key;
    this.#jwt = jwt;
  }

  static async connect(url: string, { key, jwt }: { key: KeyPair; jwt?: string } = { key: createKeyPair("user") }): Promise<Caller> {
    const login = jwt === undefined ? {} : { authenticator: natsLogin(jwt, key) };
    return new Caller(await connect({ servers: url, inboxPrefix: subjects.inboxPrefix(key.publicKey as PublicKey), reconnect: false, ...login }), key, jwt);
  }

  get #self(): PublicKey {
    return this.#key.publicKey as PublicKey;
  }

  async query<V extends RegistryView>(view: V, body: InputOf<(typeof REGISTRY_CONTRACTS)[V]>): Promise<OutputOf<(typeof REGISTRY_CONTRACTS)[V]>> {
    const answer = await this.#ask(subjects.query(FLEET, view, this.#self), "registry", view, body);
    return REGISTRY_CONTRACTS[view].output.parse(answer) as OutputOf<(typeof REGISTRY_CONTRACTS)[V]>;
  }

  /** A verb of a node, by its key. @throws FleetError */
  async call<V extends NodeVerb>(node: PublicKey, verb: V, body: InputOf<(typeof NODE_CONTRACTS)[V]>): Promise<OutputOf<(typeof NODE_CONTRACTS)[V]>> {
    const answer = await this.#ask(subjects.request(FLEET, POOL, node, verb, this.#self), node, verb, body);
    return NODE_CONTRACTS[verb].output.parse(answer) as OutputOf<(typeof NODE_CONTRACTS)[V]>;
  }

  async #ask(subject: string, target: string, verb: string, body: unknown): Promise<unknown> {
    const id = randomBytes(16).toString("base64url") as OperationId;
    const now = Date.now();
    const request = sealRequest({ id, issued: now, deadline: now + WAIT_MS, target, verb, body }, this.#key, this.#jwt);
    const text = (await this.connection.request(subject, request, { timeout: WAIT_MS })).string();
    return openReply(text, id, [target === "registry" ? signerOf(text) : target]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.connection.close();
  }
}

/** On a plain NATS nobody told us the registry's key: the answer's own signature is checked all the same. */
function signerOf(text: string): string {
  return (JSON.parse((JSON.parse(text) as { p: string }).p) as { from: string }).from;
}
