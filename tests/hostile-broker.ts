// A NATS server that serves an attacker: it takes every login, shows the test all that is published, and delivers to a
// connection whatever the test wants, on any of its subscriptions, with any reply subject. Of the protocol
// (https://docs.nats.io/reference/reference-protocols/nats-protocol) only what clients need to believe in it.
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";

export interface Published {
  readonly from: Victim;
  readonly subject: string;
  readonly reply: string | undefined;
  readonly data: string;
}

/** One connection of somebody who believes that this is their server. */
export class Victim {
  readonly #socket: Socket;
  readonly #subscriptions = new Map<string, string>();
  /** The name it gave. */
  name = "";

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  subscribe(sid: string, subject: string): void {
    this.#subscriptions.set(sid, subject);
  }
  unsubscribe(sid: string): void {
    this.#subscriptions.delete(sid);
  }

  get subscriptions(): readonly string[] {
    return [...this.#subscriptions.values()];
  }
  get open(): boolean {
    return !this.#socket.destroyed;
  }

  /** On the subscriptions that match, or on all of them, whatever they are for. @returns how many */
  deliver(subject: string, data: string | Buffer, reply = "", onAll = false): number {
    const body = Buffer.from(data);
    let delivered = 0;
    for (const [sid, pattern] of this.#subscriptions) {
      if (!onAll && !matches(pattern, subject)) continue;
      this.#socket.write(Buffer.concat([Buffer.from(`MSG ${subject} ${sid} ${reply === "" ? "" : `${reply} `}${body.length}\r\n`), body, Buffer.from("\r\n")]));
      delivered++;
    }
    return delivered;
  }

  /** What a server says when nobody listens. */
  nobody(subject: string): void {
    const header = "NATS/1.0 503\r\n\r\n";
    for (const [sid, pattern] of this.#subscriptions) {
      if (matches(pattern, subject)) this.#socket.write(`HMSG ${subject} ${sid} ${header.length} ${header.length}\r\n${header}\r\n`);
    }
  }

  end(): void {
    this.#socket.destroy();
  }
}

export class HostileBroker implements AsyncDisposable {
  readonly #server: Server;
  readonly victims = new Set<Victim>();
  /** Set by the test. By default nobody listens on anything. */
  onPublish: (message: Published) => void = ({ from, reply }) => void (reply !== undefined && from.nobody(reply));

  private constructor() {
    this.#server = createServer((socket) => this.#serve(socket));
  }

  static async listen(): Promise<HostileBroker> {
    const broker = new HostileBroker();
    await new Promise<void>((resolve) => broker.#server.listen(0, "127.0.0.1", resolve));
    return broker;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Connected, and subscribed to something like this. */
  victim(pattern: RegExp): Victim | undefined {
    return [...this.victims].find((one) => one.open && one.subscriptions.some((subject) => pattern.test(subject)));
  }

  #serve(socket: Socket): void {
    const victim = new Victim(socket);
    this.victims.add(victim);
    socket.on("error", () => undefined).on("close", () => this.victims.delete(victim));
    socket.write(`INFO ${JSON.stringify({ server_id: "X", server_name: "x", version: "2.9.10", proto: 1, headers: true, max_payload: 1_048_576, auth_required: true, nonce: "bm9uY2U" })}\r\n`);
    let rest = Buffer.alloc(0);
    socket.on("data", (bytes: Buffer) => {
      rest = Buffer.concat([rest, bytes]);
      for (;;) {
        const end = rest.indexOf("\r\n");
        if (end < 0) return;
        const used = this.#command(victim, socket, rest.toString("latin1", 0, end), rest.subarray(end + 2));
        if (used === undefined) return;
        rest = rest.subarray(end + 2 + used);
      }
    });
  }

  /** @returns bytes used of what follows the line; undefined when they are not all there yet */
  #command(victim: Victim, socket: Socket, line: string, after: Buffer): number | undefined {
    const [verb = "", ...words] = line.split(/\s+/);
    switch (verb.toUpperCase()) {
      case "CONNECT":
        victim.name = (JSON.parse(line.slice(8)) as { name?: string }).name ?? "";
        break;
      case "PING":
        socket.write("PONG\r\n");
        break;
      case "SUB":
        victim.subscribe(words.at(-1) ?? "", words[0] ?? "");
        break;
      case "UNSUB":
        // With a number of messages it goes by itself, later.
        if (words.length === 1) victim.unsubscribe(words[0] ?? "");
        break;
      case "PUB":
      case "HPUB": {
        const size = Number(words.at(-1));
        if (after.length < size + 2) return undefined;
        const headers = verb.toUpperCase() === "HPUB" ? Number(words.at(-2)) : 0;
        const replyAt = verb.toUpperCase() === "HPUB" ? words.length - 3 : words.length - 2;
        this.onPublish({ from: victim, subject: words[0] ?? "", reply: replyAt >= 1 ? words[replyAt] : undefined, data: after.toString("utf8", headers, size) });
        return size + 2;
      }
    }
    return 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const victim of this.victims) victim.end();
    await closed;
  }
}

function matches(pattern: string, subject: string): boolean {
  const [wanted, got] = [pattern.split("."), subject.split(".")];
  for (const [at, token] of wanted.entries()) {
    if (token === ">") return got.length > at;
    if (at >= got.length || (token !== "*" && token !== got[at])) return false;
  }
  return wanted.length === got.length;
}
