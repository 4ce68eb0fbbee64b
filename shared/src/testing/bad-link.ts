// A TCP link that is as bad as one likes: late, lossy, cut, or silent. What goes through it is never changed, only late or lost
// with its connection, as TCP does it.
import { connect, createServer, type AddressInfo, type NetConnectOpts, type Server, type Socket } from "node:net";

/** What a link holds on its way, bytes, and at most a second's worth: above it the sender is not read. */
const PIPE = 64 * 1024 * 1024;
/** How often a silent line is looked at. */
const SILENT_MS = 50;
const SEGMENT = 1_400;

export interface LinkOptions {
  /** Here instead of on any free port. */
  readonly port?: number;
  /** Each way, milliseconds. */
  readonly delayMs?: number;
  readonly bytesPerSecond?: number;
  /** Of so many segments one is sent again, a round trip later, and all behind it wait. */
  readonly lossOneIn?: number;
}

export class BadLink implements AsyncDisposable {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #to: NetConnectOpts;
  readonly #options: LinkOptions;
  #down = false;
  #silent = false;
  readonly #dead = new WeakSet<Socket>();
  /** Bytes until the next cut, of both directions together. */
  #cutAfter = Number.POSITIVE_INFINITY;
  bytesPerSecond: number;
  cuts = 0;
  connections = 0;
  /** What went through, both ways. */
  bytes = 0;

  private constructor(to: NetConnectOpts, options: LinkOptions) {
    this.#to = to;
    this.#options = options;
    this.bytesPerSecond = options.bytesPerSecond ?? Number.POSITIVE_INFINITY;
    this.#server = createServer({ noDelay: true, allowHalfOpen: true }, (near) => this.#accept(near));
  }

  static async open(to: NetConnectOpts, options: LinkOptions = {}): Promise<BadLink> {
    const link = new BadLink(to, options);
    await new Promise<void>((resolve) => link.#server.listen(options.port ?? 0, "127.0.0.1", resolve));
    return link;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get #pipe(): number {
    return Math.min(PIPE, this.bytesPerSecond);
  }

  /** Every connection is reset. */
  cut(): void {
    this.cuts++;
    for (const socket of this.#sockets) socket.destroy();
  }

  cutAfter(bytes: number): void {
    this.#cutAfter = bytes;
  }

  /** Cut, and new connections are, too. */
  set down(down: boolean) {
    this.#down = down;
    if (down) this.cut();
  }

  /** Connections stay open and nothing passes: half-open, as behind a router that was exchanged. New ones pass once it is over, the old ones never. */
  set silent(silent: boolean) {
    this.#silent = silent;
    if (silent) for (const socket of this.#sockets) this.#dead.add(socket);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #accept(near: Socket): void {
    this.connections++;
    if (this.#down) return void near.destroy();
    const far = connect({ ...this.#to, noDelay: true, allowHalfOpen: true } as NetConnectOpts);
    for (const [socket, other] of [[near, far], [far, near]] as const) {
      this.#sockets.add(socket);
      socket.on("error", () => {}).on("close", () => {
        this.#sockets.delete(socket);
        // Its end, if it had one, is on its way to the other side behind its bytes.
        if (!socket.readableEnded) other.destroy();
      });
      this.#carry(socket, other);
    }
  }

  #carry(from: Socket, to: Socket): void {
    const { delayMs = 0, lossOneIn = 0 } = this.#options;
    const onTheWay: { readonly due: number; readonly bytes: Buffer | undefined }[] = [];
    let held = 0;
    let lastDue = 0;
    let lineFree = 0;
    let timer: NodeJS.Timeout | undefined;
    const deliver = () => {
      timer = undefined;
      for (let first = onTheWay[0]; first !== undefined; first = onTheWay[0]) {
        const wait = this.#silent ? SILENT_MS : first.due - performance.now();
        if (wait > 0) return void (timer = setTimeout(deliver, wait));
        onTheWay.shift();
        if (first.bytes !== undefined && !this.#dead.has(to)) to.write(first.bytes);
        if (first.bytes === undefined) to.end();
        held -= first.bytes?.length ?? 0;
        if (held < this.#pipe / 2) from.resume();
      }
    };
    const send = (bytes: Buffer | undefined) => {
      const lost = lossOneIn > 0 && Math.random() < Math.ceil((bytes?.length ?? 0) / SEGMENT) / lossOneIn;
      lineFree = Math.max(lineFree, performance.now()) + ((bytes?.length ?? 0) / this.bytesPerSecond) * 1000;
      lastDue = Math.max(lastDue, lineFree + delayMs * (lost ? 3 : 1));
      onTheWay.push({ due: lastDue, bytes });
      held += bytes?.length ?? 0;
      if (held > this.#pipe) from.pause();
      if (timer === undefined) deliver();
    };
    from.on("data", (bytes: Buffer) => {
      this.bytes += bytes.length;
      this.#cutAfter -= bytes.length;
      if (this.#cutAfter > 0) return send(bytes);
      this.#cutAfter = Number.POSITIVE_INFINITY;
      // Part of it still arrives, in the middle of a message, and nothing after that.
      send(bytes.subarray(0, Math.floor(Math.random() * bytes.length)));
      for (const socket of this.#sockets) socket.pause().removeAllListeners("data");
      setImmediate(() => this.cut());
    });
    from.on("end", () => send(undefined));
    to.on("close", () => clearTimeout(timer));
  }
}
