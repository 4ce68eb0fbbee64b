// A relay that listens on loopback, and nodes for it that do what the test says.
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { WebSocket } from "ws";
import type { IssuerKey, PublicKey } from "@fleetwire/shared/ids";
import { createKeyPair, type KeyPair, type Signed } from "@fleetwire/shared/keys";
import { Mux, type MuxStream } from "@fleetwire/shared/mux";
import { proveRelay, RELAY_NODE_PATH, RELAY_PASS_MS, RELAY_SUBPROTOCOL, RELAY_WINDOW, sealRelayPass, type RelayPass } from "@fleetwire/shared/wire";
import { mintScopedUser } from "../registry/index.ts";
import { createRelay, type Relay } from "./relay.ts";
import { judgeNode } from "./run-relay.ts";

export interface TestRelay extends AsyncDisposable {
  readonly relay: Relay;
  readonly key: KeyPair;
  readonly port: number;
  /** Makes a node of the fleet, or of another one. */
  nodeOf(account?: Account): Promise<TestNodeKeys>;
  readonly account: Account;
}

interface Account {
  readonly account: KeyPair;
  readonly signers: Readonly<Record<"node" | "operator", KeyPair>>;
}

export interface TestNodeKeys {
  readonly node: KeyPair;
  readonly host: KeyPair;
  readonly jwt: string;
}

export function makeAccount(): Account {
  return { account: createKeyPair("account"), signers: { node: createKeyPair("account"), operator: createKeyPair("account") } };
}

export async function startRelay(): Promise<TestRelay> {
  const key = createKeyPair("user");
  const own = makeAccount();
  const issuers = (["node", "operator"] as const).map((role) => ({ role, key: own.signers[role].publicKey as IssuerKey }));
  const silent = { info() {}, warn() {} };
  const relay = createRelay({ relay: key.publicKey as PublicKey, now: Date.now, judge: (node, claims) => judgeNode(node, claims, { issuers, revoked: {} }), log: silent });
  relay.server.listen(0, "127.0.0.1");
  await once(relay.server, "listening");
  return {
    relay,
    key,
    account: own,
    port: (relay.server.address() as AddressInfo).port,
    nodeOf: (account = own) => makeNode(account, "node"),
    [Symbol.asyncDispose]: () => relay[Symbol.asyncDispose](),
  };
}

/** @param role whose signing key signs the node's JWT */
export async function makeNode({ account, signers }: Account, role: "node" | "operator"): Promise<TestNodeKeys> {
  const node = createKeyPair("user");
  const jwt = await mintScopedUser({ account: account.publicKey, signer: signers[role].seed, user: node.publicKey, name: "box" });
  return { node, host: createKeyPair("user"), jwt };
}

export function passOf({ key }: TestRelay, { node, host, jwt }: TestNodeKeys, other: Partial<RelayPass> = {}): Signed {
  return sealRelayPass({ v: 1, relay: key.publicKey as PublicKey, node: node.publicKey as PublicKey, hostKey: host.publicKey as PublicKey, expires: Date.now() + RELAY_PASS_MS, ...other }, node, jwt);
}

export interface Arrived {
  readonly socket: WebSocket;
  readonly mux: Mux;
}

export interface Hello {
  readonly pass: Signed;
  readonly provesWith: KeyPair;
  /** Instead of the challenge's nonce. */
  readonly nonce?: string;
}

/** Comes to the relay as a node. @returns the close code when it isn't taken */
export function arrive({ port, key }: TestRelay, { pass, provesWith, nonce }: Hello, viewer: (stream: MuxStream) => void = () => {}): Promise<Arrived | number> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}${RELAY_NODE_PATH}`, RELAY_SUBPROTOCOL, { perMessageDeflate: false });
  return new Promise((resolve, reject) => {
    let mux: Mux | undefined;
    socket.on("error", reject);
    socket.on("close", (code) => {
      mux?.close();
      resolve(code);
    });
    socket.on("message", (data: Buffer, binary: boolean) => {
      if (binary) return mux?.receive(data);
      const message = JSON.parse(data.toString()) as { type: string; nonce: string };
      if (message.type === "challenge") return socket.send(JSON.stringify({ type: "hello", pass, proof: proveRelay({ relay: key.publicKey as PublicKey, nonce: nonce ?? message.nonce }, provesWith) }));
      mux = new Mux({ carrier: { send: (frame) => socket.send(frame, () => mux?.pump()), waiting: () => socket.bufferedAmount }, opened: viewer, maxStreams: 256, window: RELAY_WINDOW, now: () => performance.now() });
      resolve({ socket, mux });
    });
  });
}
