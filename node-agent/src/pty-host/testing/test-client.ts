// A terminal client for tests: keeps every message and checks that each byte comes once and in order.
import { randomBytes } from "node:crypto";
import { connect } from "node:net";
import { WebSocket } from "ws";
import type { ClientMessage} from "@fleetwire/shared/wire";
import { ATTACH_PATH, checkAttachProof, decodeFrame, encodeFrame, FRAME, HostMessage, MAX_MESSAGE, MAX_PAYLOAD, proveAttach, SUBPROTOCOL, type KeyPair, type Want } from "@fleetwire/shared/wire";
import { waitFor } from "@fleetwire/shared/testing";

export type Where = { readonly path: string } | { readonly url: string; readonly ca?: string };
type Of<T extends HostMessage["type"]> = Extract<HostMessage, { type: T }>;

export class TestClient {
  readonly socket: WebSocket;
  readonly messages: HostMessage[] = [];
  readonly welcomed: Promise<Of<"welcome">>;
  /** Output after the last snapshot, or from `from` on. */
  output: Buffer[] = [];
  /** Next output offset expected. */
  next: number | undefined;
  snapshotBytes: Buffer[] = [];
  /** Holes and doublings that nobody announced. */
  readonly faults: string[] = [];
  acks = true;
  closeCode: number | undefined;
  status: number | undefined;
  inputAcked = 0;

  /** @param who.first show the right in the first message, as a page has to */
  constructor(where: Where, authorization: string | undefined, who: { clientKey: KeyPair; hostKey: string; want: Want; first?: boolean; headers?: Record<string, string> }) {
    const options = { perMessageDeflate: false, maxPayload: MAX_MESSAGE, headers: { ...who.headers, ...(authorization === undefined || who.first === true ? {} : { authorization }) } };
    this.socket = "path" in where ? new WebSocket(`ws://localhost${ATTACH_PATH}`, SUBPROTOCOL, { ...options, createConnection: () => connect(where.path) }) : new WebSocket(where.url + ATTACH_PATH, SUBPROTOCOL, { ...options, ca: where.ca });
    this.socket.on("error", () => undefined);
    let welcome = (_message: Of<"welcome">) => {};
    let refused = (_error: Error) => {};
    this.welcomed = new Promise((resolve, reject) => {
      [welcome, refused] = [resolve, reject];
    });
    // Who only wants to see the refusal doesn't wait for the welcome.
    this.welcomed.catch(() => undefined);
    this.socket.on("unexpected-response", (request, response) => {
      this.status = response.statusCode;
      refused(new Error(`refused with ${response.statusCode}`));
      request.destroy();
    });
    this.socket.on("close", (code) => {
      this.closeCode = code;
      refused(new Error(`closed with ${code}`));
    });
    const [scheme, value = ""] = (authorization ?? "").split(" ");
    const id = scheme === "Fleet-Resume" ? (value.split(".")[0] ?? "") : idOf(value);
    if (who.want.kind === "attach") this.next = who.want.from;
    const nonce = randomBytes(18).toString("base64url");
    let handshake = { id, clientNonce: nonce, hostNonce: "" };
    this.socket.on("message", (data: Buffer, binary: boolean) => {
      if (binary) return this.#frame(data);
      const message = HostMessage.parse(JSON.parse(data.toString()));
      this.messages.push(message);
      if (message.type === "challenge") {
        handshake = { ...handshake, hostNonce: message.nonce };
        if (who.first === true) this.say(scheme === "Fleet-Resume" ? { type: "resume", secret: value } : { type: "ticket", ticket: value });
        if (authorization !== undefined) this.say({ type: "hello", nonce, proof: proveAttach("client", handshake, who.clientKey), want: who.want });
      } else if (message.type === "welcome") {
        if (!checkAttachProof("host", handshake, message.proof, who.hostKey)) this.faults.push("the host did not prove itself");
        welcome(message);
      } else this.#message(message);
    });
  }

  say(message: ClientMessage): void {
    this.socket.send(JSON.stringify(message));
  }

  type(offset: number, bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; at += MAX_PAYLOAD) this.socket.send(encodeFrame(FRAME.input, offset + at, bytes.subarray(at, at + MAX_PAYLOAD)));
  }

  last<T extends HostMessage["type"]>(type: T): Of<T> | undefined {
    return this.messages.findLast((message): message is Of<T> => message.type === type);
  }

  get bytes(): Buffer {
    return Buffer.concat(this.output);
  }

  get text(): string {
    return this.bytes.toString("utf8");
  }

  until<T extends HostMessage["type"]>(type: T, timeoutMs = 15_000): Promise<Of<T>> {
    return waitFor(`a message '${type}'`, () => this.last(type), timeoutMs);
  }

  prints(text: string, timeoutMs = 15_000): Promise<unknown> {
    return waitFor(`'${text}' in the output`, () => this.text.includes(text), timeoutMs);
  }

  /** The first snapshot, whole. */
  async snapshot(): Promise<{ header: Of<"snapshot">; bytes: Buffer }> {
    const header = await this.until("snapshot");
    const bytes = await waitFor("the snapshot's bytes", () => {
      const all = Buffer.concat(this.snapshotBytes);
      return all.length >= header.bytes && all;
    });
    return { header, bytes };
  }

  cut(): void {
    this.socket.terminate();
  }

  #frame(data: Buffer): void {
    const { kind, offset, bytes } = decodeFrame(data);
    if (kind === FRAME.snapshot) return void this.snapshotBytes.push(bytes);
    if (this.next !== undefined && offset !== this.next) this.faults.push(`output at ${offset} instead of ${this.next}`);
    this.next = offset + bytes.length;
    this.output.push(bytes);
    if (this.acks) this.say({ type: "ack", offset: this.next });
  }

  #message(message: HostMessage): void {
    if (message.type === "snapshot") {
      this.next = message.offset;
      this.snapshotBytes = [];
      this.output = [];
    } else if (message.type === "gap") this.next = message.to;
    else if (message.type === "input-ack") this.inputAcked = message.offset;
  }
}

function idOf(sealed: string): string {
  try {
    return (JSON.parse(Buffer.from(sealed.split(".")[0] ?? "", "base64url").toString("utf8")) as { id: string }).id;
  } catch {
    return "";
  }
}
