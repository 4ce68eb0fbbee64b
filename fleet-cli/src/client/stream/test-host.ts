// A host for the stream's tests: a real WebSocket server that speaks fleet.pty.v1 with true tickets and proofs, about one
// session whose output the test writes, and that fails where the test says.
import { randomBytes } from "node:crypto";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { WebSocketServer, type WebSocket } from "ws";
import type { AttachAddress, AttachAnswer } from "@fleetwire/shared/bus";
import { createKeyPair, type KeyPair } from "@fleetwire/shared/keys";
import { checkAttachProof, ClientMessage, CLOSE, createAttachKey, decodeFrame, encodeFrame, FRAME, openTicket, proveAttach, sealTicket, SUBPROTOCOL, type HostMessage, type Ticket } from "@fleetwire/shared/wire";
import type { Grant } from "./types.ts";

interface Attach {
  readonly clientKey: string;
  readonly scope: "read" | "write";
  /** Input taken so far. */
  typed: Buffer;
}

export interface Peer {
  readonly socket: WebSocket;
  readonly hello: Extract<ClientMessage, { type: "hello" }>;
  readonly attach: Attach;
  readonly say: (message: HostMessage | { type: string }) => void;
  readonly output: (offset: number, bytes: Uint8Array) => void;
}

export interface HostHooks {
  /** After the welcome; the default sends the output from where it is wanted. */
  welcomed?(peer: Peer): void;
  message?(peer: Peer, message: ClientMessage): void;
  /** Bytes of input that came in. False: take nothing, acknowledge nothing. */
  input?(peer: Peer, offset: number, bytes: Buffer): boolean;
}

export class TestHost implements AsyncDisposable {
  readonly nodeKey = createKeyPair("user");
  hostKey: KeyPair = createAttachKey();
  /** With which key proofs are really made. */
  provesWith: KeyPair = this.hostKey;
  epoch = "0epoch000";
  output = Buffer.alloc(0);
  readonly attaches: Attach[] = [];
  readonly peers = new Set<Peer>();
  readonly hooks: HostHooks = {};
  readonly upgrades: string[] = [];
  readonly wants: Peer["hello"]["want"][] = [];
  forgetSecrets = false;
  readonly #tickets = new Map<string, Ticket>();
  readonly #secrets = new Map<string, Attach>();
  #accepting = true;
  readonly #server: Server;
  readonly #sockets: WebSocketServer;

  private constructor(server: Server) {
    this.#server = server;
    this.#sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false, handleProtocols: () => SUBPROTOCOL });
    server.on("upgrade", (request, socket, head) => {
      const authorization = request.headers.authorization ?? "";
      if (!this.#accepting) return socket.destroy();
      this.upgrades.push(`${request.url} ${authorization.split(" ")[0]}`);
      const right = this.#rightOf(authorization);
      if (right === undefined) return socket.end("HTTP/1.1 401 Unauthorized\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
      this.#sockets.handleUpgrade(request, socket, head, (ws) => this.#greet(ws, right.id, right.attach));
    });
  }

  static async listen(at: { path: string } | { port: number } = { port: 0 }): Promise<TestHost> {
    const server = createServer((_, response) => response.writeHead(404).end());
    await new Promise<void>((resolve) => server.listen({ ...at, ...("port" in at ? { host: "127.0.0.1" } : {}) }, resolve));
    return new TestHost(server);
  }

  get url(): string {
    return `ws://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get typed(): Buffer {
    return Buffer.concat(this.attaches.map(({ typed }) => typed));
  }

  grant(options: { addresses?: AttachAddress[]; scope?: "read" | "write" } = {}): Grant {
    const clientKey = createAttachKey();
    const ticket = {
      v: 1, id: randomBytes(12).toString("base64url"), node: this.nodeKey.publicKey, session: 7, epoch: this.epoch, scope: options.scope ?? "write",
      clientKey: clientKey.publicKey, hostKey: this.hostKey.publicKey, expires: Date.now() + 30_000,
    } as unknown as Ticket;
    const session = { target: "box:7", node: "box", id: 7, state: "running", attached: 0, size: { cols: 80, rows: 24 } };
    const answer = { session, ticket: sealTicket(ticket, this.nodeKey), addresses: options.addresses ?? [{ kind: "url", url: this.url }] } as unknown as AttachAnswer;
    this.#tickets.set(answer.ticket, ticket);
    return { answer, clientKey };
  }

  /** Lets a ticket of another host in here. */
  take(sealed: string): void {
    this.#tickets.set(sealed, JSON.parse(Buffer.from(sealed.split(".")[0] ?? "", "base64url").toString()) as Ticket);
  }

  print(bytes: Uint8Array | string): void {
    const offset = this.output.length;
    const added = Buffer.from(bytes);
    this.output = Buffer.concat([this.output, added]);
    for (const peer of this.peers) peer.output(offset, added);
  }

  pauseAccepting(): void {
    this.#accepting = false;
  }

  resumeAccepting(): void {
    this.#accepting = true;
  }

  cutAll(): void {
    for (const { socket } of this.peers) socket.terminate();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets.clients) socket.terminate();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #rightOf(authorization: string): { id: string; attach: Attach } | undefined {
    const [scheme, value = ""] = authorization.split(" ");
    if (scheme === "Fleet-Resume") {
      const attach = this.#secrets.get(value);
      return attach === undefined || this.forgetSecrets ? undefined : { id: value.split(".")[0] ?? "", attach };
    }
    const ticket = this.#tickets.get(value);
    if (ticket === undefined) return undefined;
    this.#tickets.delete(value);
    const { id, clientKey, scope } = openTicket(value, ticket.node);
    return { id, attach: { clientKey, scope, typed: Buffer.alloc(0) } };
  }

  #greet(socket: WebSocket, id: string, attach: Attach): void {
    const hostNonce = randomBytes(18).toString("base64url");
    const say = (message: HostMessage | { type: string }) => socket.send(JSON.stringify(message));
    let peer: Peer | undefined;
    socket.on("error", () => {});
    socket.on("close", () => peer && this.peers.delete(peer));
    socket.on("message", (data: Buffer, binary: boolean) => {
      if (binary) return peer && this.#take(peer, data);
      const message = ClientMessage.parse(JSON.parse(data.toString()));
      if (message.type !== "hello") return peer && this.hooks.message?.(peer, message);
      const handshake = { id, clientNonce: message.nonce, hostNonce };
      if (!checkAttachProof("client", handshake, message.proof, attach.clientKey)) return socket.close(CLOSE.ticket);
      if (!this.attaches.includes(attach)) this.attaches.push(attach);
      this.wants.push(message.want);
      const secret = `${randomBytes(6).toString("hex")}.${randomBytes(12).toString("hex")}`;
      this.#secrets.set(secret, attach);
      say({
        type: "welcome", proof: proveAttach("host", handshake, this.provesWith), state: "running", scope: attach.scope, size: { cols: 80, rows: 24 },
        inputOffset: attach.typed.length, start: 0, end: this.output.length, ...(message.want.kind === "attach" ? { resume: secret } : {}),
      });
      peer = { socket, hello: message, attach, say, output: (offset, bytes) => sendOutput(socket, offset, bytes) };
      this.peers.add(peer);
      if (this.hooks.welcomed !== undefined) return this.hooks.welcomed(peer);
      const { want } = message;
      const from = want.kind === "attach" ? (want.from ?? 0) : want.kind === "log" && "offset" in want.start ? want.start.offset : 0;
      peer.output(from, this.output.subarray(from));
    });
    say({ type: "challenge", nonce: hostNonce });
  }

  #take(peer: Peer, data: Buffer): void {
    // A cut connection still hands over what it had already received; a host that died wouldn't have seen it.
    if (peer.socket.readyState !== peer.socket.OPEN) return;
    const { kind, offset, bytes } = decodeFrame(data);
    const { attach } = peer;
    if (kind !== FRAME.input || attach.scope === "read") return peer.socket.close(CLOSE.denied);
    if (this.hooks.input?.(peer, offset, bytes) === false) return;
    if (offset > attach.typed.length) return peer.socket.close(CLOSE.internal);
    const fresh = bytes.subarray(attach.typed.length - offset);
    attach.typed = Buffer.concat([attach.typed, fresh]);
    peer.say({ type: "input-ack", offset: attach.typed.length });
  }
}

const PIECE = 32 * 1024;

function sendOutput(socket: WebSocket, offset: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; at += PIECE) socket.send(encodeFrame(FRAME.output, offset + at, bytes.subarray(at, at + PIECE)));
}
