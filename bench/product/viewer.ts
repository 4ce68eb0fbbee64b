// A viewer that speaks fleet.pty.v1 as the product's own does: ticket, both proofs, offsets checked, credit given.
import { randomBytes } from "node:crypto";
import { WebSocket } from "ws";
import { ATTACH_PATH, checkAttachProof, createAttachKey, decodeFrame, encodeFrame, FRAME, HostMessage, proveAttach, SUBPROTOCOL, Ticket, type ClientMessage, type Want } from "@fleetwire/shared/wire";
import type { Terminal } from "../peers/terminal.ts";
import type { Machine } from "./machine.ts";

export interface Address {
  /** `ws://` or `wss://`, without the path. */
  readonly url: string;
  readonly ca?: string;
}

/** Credit is given in steps as small as the product's own client gives it. */
const CREDIT_STEP = 32 * 1024;

export class Viewer implements Terminal {
  readonly #socket: WebSocket;
  #listener: ((bytes: Buffer) => void) | undefined;
  #output = 0;
  #credited = 0;
  #typed = 0;
  #picture: { bytes: number; offset: number; pieces: Buffer[]; done: (snapshot: Snapshot) => void } | undefined;
  readonly #lossless: boolean;
  #backlog: Buffer[] = [];

  private constructor(socket: WebSocket, want: Want) {
    this.#socket = socket;
    this.#lossless = want.kind === "attach" && want.mode === "lossless";
  }

  /**
   * Attaches. `connectedMs`: from dialling to the host's welcome; `pictureMs`: from there to the last byte of the first
   * picture, when one was asked for.
   */
  static async attach(machine: Machine, id: number, address: Address, want: Want): Promise<Attached> {
    const key = createAttachKey();
    const { ticket } = await machine.call("session-attach", { session: { id }, clientKey: key.publicKey as never });
    const facts = Ticket.parse(JSON.parse(Buffer.from(ticket.split(".")[0] ?? "", "base64url").toString()));
    const from = performance.now();
    const socket = new WebSocket(`${address.url}${ATTACH_PATH}`, SUBPROTOCOL, { headers: { authorization: `Fleet-Ticket ${ticket}` }, perMessageDeflate: false, ca: address.ca });
    const viewer = new Viewer(socket, want);
    const handshake = { id: facts.id, clientNonce: randomBytes(18).toString("base64url"), hostNonce: "" };
    let welcomed = 0;
    const snapshot = await new Promise<Snapshot | undefined>((resolve, reject) => {
      const wantsPicture = want.kind === "screen" || (want.kind === "attach" && want.from === undefined);
      socket.on("error", reject);
      socket.on("close", (code) => reject(new Error(`session ${id}: closed with ${code}`)));
      socket.on("message", (data: Buffer, binary: boolean) => {
        if (binary) return viewer.#frame(data);
        const message = HostMessage.parse(JSON.parse(data.toString()));
        if (message.type === "challenge") {
          handshake.hostNonce = message.nonce;
          viewer.#tell({ type: "hello", nonce: handshake.clientNonce, proof: proveAttach("client", handshake, key), want });
        } else if (message.type === "welcome") {
          if (!checkAttachProof("host", handshake, message.proof, facts.hostKey)) return reject(new Error("the host did not prove its key"));
          welcomed = performance.now();
          viewer.#output = viewer.#credited = want.kind === "attach" ? (want.from ?? 0) : 0;
          viewer.#typed = message.inputOffset;
          if (!wantsPicture) resolve(undefined);
        } else if (message.type === "snapshot") viewer.#picture = { bytes: message.bytes, offset: message.offset, pieces: [], done: resolve };
        else if (message.type === "gap") viewer.#output = message.to;
        else if (message.type === "error") reject(new Error(`${message.code}: ${message.message}`));
      });
    });
    return { viewer, snapshot, connectedMs: welcomed - from, pictureMs: performance.now() - welcomed };
  }

  #frame(data: Buffer): void {
    const { kind, offset, bytes } = decodeFrame(data);
    if (kind === FRAME.snapshot) return this.#snapshotPiece(bytes);
    if (offset !== this.#output) throw new Error(`output at ${offset}, expected at ${this.#output}`);
    this.#output += bytes.length;
    if (this.#listener === undefined) this.#keep(bytes);
    else this.#listener(bytes);
    if (this.#lossless && this.#output - this.#credited >= CREDIT_STEP) {
      this.#credited = this.#output;
      this.#tell({ type: "ack", offset: this.#output });
    }
  }

  /** What a program prints while the attach is under way is there for the first listener. */
  #keep(bytes: Buffer): void {
    if (this.#output < 4_096) this.#backlog.push(bytes);
  }

  #snapshotPiece(bytes: Buffer): void {
    const picture = this.#picture;
    if (picture === undefined) return;
    picture.pieces.push(bytes);
    picture.bytes -= bytes.length;
    if (picture.bytes > 0) return;
    this.#output = picture.offset;
    this.#picture = undefined;
    picture.done({ offset: picture.offset, text: Buffer.concat(picture.pieces).toString("utf8") });
  }

  #tell(message: ClientMessage): void {
    this.#socket.send(JSON.stringify(message));
  }

  listen(listener: ((bytes: Buffer) => void) | undefined): void {
    this.#listener = listener;
    if (listener !== undefined) for (const bytes of this.#backlog.splice(0)) listener(bytes);
  }

  write(text: string): void {
    const bytes = Buffer.from(text);
    this.#socket.send(encodeFrame(FRAME.input, this.#typed, bytes));
    this.#typed += bytes.length;
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  async close(): Promise<void> {
    if (this.#socket.readyState === WebSocket.CLOSED) return;
    const closed = new Promise((resolve) => this.#socket.once("close", resolve));
    this.#socket.terminate();
    await closed;
  }
}

export interface Snapshot {
  /** The picture shows everything before this offset. */
  readonly offset: number;
  readonly text: string;
}

export interface Attached {
  readonly viewer: Viewer;
  readonly snapshot: Snapshot | undefined;
  readonly connectedMs: number;
  readonly pictureMs: number;
}
