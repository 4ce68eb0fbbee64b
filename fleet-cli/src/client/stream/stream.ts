// The stream a reader sees: one sequence of events and one of input, over as many connections as it takes (D3).
import { FleetError } from "@fleetwire/shared/errors";
import type { SessionRecord, Size } from "@fleetwire/shared/domain";
import { encodeFrame, FRAME, type ClientMessage, type HostMessage, type Want } from "@fleetwire/shared/wire";
import type { Connection } from "./connection.ts";
import { Credit } from "./credit.ts";
import { dial, nameOf, wayOf, type Welcome } from "./dial.ts";
import { EventQueue } from "./event-queue.ts";
import type { Failure } from "./failure.ts";
import type { Checked } from "./grant.ts";
import { InputWindow } from "./input-window.ts";
import { OutputOrder } from "./output-order.ts";
import { reach, type Attempt } from "./reach.ts";
import { Rights } from "./rights.ts";
import { backoffMs, sleep, type Timing } from "./timing.ts";
import type { SizePolicy, StreamEvent, StreamOptions, TerminalStream } from "./types.ts";

export class Stream implements TerminalStream {
  readonly session: SessionRecord;
  readonly #options: StreamOptions;
  readonly #timing: Timing;
  readonly #rights: Rights;
  readonly #abort = new AbortController();
  readonly #input = new InputWindow();
  readonly #queue: EventQueue;
  readonly #output: OutputOrder;
  readonly #credit: Credit;
  #connection: Connection | undefined;
  #scope: "read" | "write" = "read";
  #size: Size | undefined;
  /** Said while there was no connection; the last one of a kind counts. */
  readonly #later = new Map<ClientMessage["type"], ClientMessage>();
  /** Writers that wait for room. */
  readonly #waiting: { resolve: () => void; reject: (error: Error) => void }[] = [];
  #ended = false;
  #refreshing = false;
  #lostTold = false;
  #openedAt = 0;
  /** Of the last reconnection. */
  #attempt = 0;

  constructor(options: StreamOptions, checked: Checked, timing: Timing) {
    this.#options = options;
    this.#timing = timing;
    this.session = options.answer.session;
    this.#rights = new Rights(checked, options);
    this.#size = options.want.kind === "attach" ? options.want.size : undefined;
    this.#credit = new Credit(options.want, (offset) => this.#tell({ type: "ack", offset }));
    this.#queue = new EventQueue({
      flow: (run) => this.#connection?.flow(run),
      consumed: (event, idle) => this.#credit.consumed(event, idle),
    });
    this.#output = new OutputOrder((event) => this.#emit(event));
    options.signal?.addEventListener("abort", this.#onAbort);
  }

  get scope(): "read" | "write" {
    return this.#scope;
  }

  get pendingInput(): number {
    return this.#input.pending;
  }

  get connected(): boolean {
    return this.#connection !== undefined;
  }

  /** The first connection: one pass over the addresses, and one more with a new ticket when the first was refused. */
  async open(): Promise<void> {
    let failure = await this.#pass();
    if (failure?.verdict === "renew" && (await this.#rights.renew()) === undefined) failure = await this.#pass();
    if (failure === undefined) return;
    this.#finish();
    throw this.#options.signal?.aborted === true ? new FleetError("cancelled", "the attach was cancelled") : failure.error;
  }

  [Symbol.asyncIterator](): AsyncIterator<StreamEvent, undefined> {
    return { next: () => this.#queue.next(), return: async () => (await this.detach(), { done: true, value: undefined }) };
  }

  async write(bytes: Uint8Array): Promise<void> {
    if (this.#scope === "read") throw new FleetError("read-only", "this attach is read-only");
    if (this.#ended) throw lost();
    this.#input.push(bytes);
    this.#pump();
    if (this.#input.full) await new Promise<void>((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  discardInput(): number {
    const dropped = this.#input.discard();
    this.#makeRoom();
    return dropped;
  }

  resize(size: Size): void {
    this.#size = size;
    this.#tell({ type: "resize", ...size });
  }

  claim(): void {
    this.#tellOrKeep({ type: "claim" });
  }

  policy(policy: SizePolicy): void {
    this.#tellOrKeep({ type: "policy", policy });
  }

  keys(bytes: Uint8Array): void {
    this.#tellNow({ type: "keys", data: Buffer.from(bytes).toString("base64") });
  }

  signal(signal: string): void {
    this.#tellNow({ type: "signal", signal });
  }

  interrupt(): void {
    this.#tellNow({ type: "interrupt" });
  }

  refresh(): void {
    if (this.#ended || this.#connection === undefined) return;
    this.#refreshing = true;
    this.#connection.cut();
  }

  async detach(): Promise<void> {
    const connection = this.#connection;
    if (!this.#ended && connection !== undefined) this.#tell({ type: "detach" });
    this.#finish();
    this.#queue.cut();
    await connection?.close(this.#timing.detachMs);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.detach();
  }

  readonly #onAbort = () => void this.detach();

  #emit(event: StreamEvent): void {
    if (this.#ended) return;
    this.#queue.push(event);
    const last = { attach: "exit", log: "end", screen: "snapshot" }[this.#options.want.kind];
    if (event.kind !== last) return;
    const connection = this.#connection;
    this.#finish();
    this.#queue.end();
    void connection?.close(this.#timing.detachMs);
  }

  /** No more connections, no more input. What was received can still be read. */
  #finish(error?: FleetError): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#connection = undefined;
    this.#abort.abort();
    this.#options.signal?.removeEventListener("abort", this.#onAbort);
    for (const { reject } of this.#waiting.splice(0)) reject(error ?? lost());
    if (error !== undefined) this.#queue.end(error);
    this.#options.onOver?.();
  }

  /** Tries every address once. */
  async #pass(): Promise<Failure | undefined> {
    const attempt = ({ address, signal, turn }: Attempt) =>
      dial({
        address,
        credential: this.#rights.credential,
        want: this.#want(),
        signal: AbortSignal.any([this.#abort.signal, signal]),
        turn,
        timing: this.#timing,
        opened: (connection, welcome) => {
          this.#opened(connection, welcome);
          if (!this.#ended) this.#options.onStatus?.({ state: "connected", address: nameOf(address), way: wayOf(address) });
        },
        message: (message) => this.#received(message),
        frame: (frame) => this.#ended || this.#output.frame(frame),
        closed: (reason) => void this.#closed(reason),
      });
    return reach(this.#rights.addresses, attempt, { headStartMs: this.#timing.headStartMs, signal: this.#abort.signal });
  }

  #want(): Want {
    const { want } = this.#options;
    const next = this.#output.next;
    if (want.kind === "log") return next === undefined ? want : { ...want, start: { offset: next } };
    if (want.kind === "screen") return want;
    const size = this.#size === undefined ? {} : { size: this.#size };
    if (next === undefined) return { ...want, ...size };
    return this.#refreshing ? { ...want, ...size, from: undefined, scrollback: 0 } : { ...want, ...size, from: next, scrollback: 0 };
  }

  #opened(connection: Connection, welcome: Welcome): void {
    const before = this.#rights.welcomed(welcome.resume);
    if (this.#ended) return connection.cut();
    this.#connection = connection;
    this.#openedAt = performance.now();
    this.#scope = welcome.scope;
    this.#refreshing = false;
    this.#output.reset();
    if (!this.#queue.flowing) connection.flow(false);
    const unsure = this.#goOnTyping(before, welcome.inputOffset);
    for (const message of this.#later.values()) connection.tell(message);
    this.#later.clear();
    this.#pump();
    this.#makeRoom();
    if (this.#lostTold) this.#queue.push({ kind: "connection", state: "resumed", unsure });
    this.#lostTold = false;
  }

  /** What was typed for a session that has been started again since is not typed into the new one. */
  #goOnTyping(connection: ReturnType<Rights["welcomed"]>, inputOffset: number): number {
    if (connection === "new-attach" || connection === "new-epoch") return this.#input.restart(connection === "new-epoch");
    this.#input.resume(inputOffset);
    return 0;
  }

  #received(message: HostMessage): void {
    if (this.#ended) return;
    if (message.type === "input-ack") {
      this.#input.ack(message.offset);
      this.#pump();
      this.#makeRoom();
    } else this.#output.message(message);
  }

  async #closed(failure: Failure): Promise<void> {
    this.#connection = undefined;
    if (this.#ended) return;
    let last = this.#refreshing ? undefined : failure;
    // A host that takes connections and drops them at once is not dialled in a tight circle.
    const shortLived = performance.now() - this.#openedAt < this.#timing.shortLivedMs;
    for (let attempt = shortLived ? this.#attempt + 1 : 1; ; attempt++) {
      this.#attempt = attempt;
      if (last !== undefined && !this.#lostTold && last.verdict !== "final") {
        this.#lostTold = true;
        this.#queue.push({ kind: "connection", state: "lost" });
        this.#options.onStatus?.({ state: "lost", reason: last.error.message });
      }
      last = (await this.#rights.afterFailure(last, attempt)) ?? last;
      if (last?.verdict === "final") return this.#finish(last.error);
      const inMs = backoffMs(attempt, this.#timing);
      if (attempt > 1 && last !== undefined) this.#options.onStatus?.({ state: "retrying", attempt, inMs, reason: last.error.message });
      await sleep(inMs, this.#abort.signal);
      if (this.#ended) return;
      last = await this.#pass();
      if (last === undefined || this.#ended) return;
    }
  }

  #pump(): void {
    if (this.#connection === undefined || this.#scope === "read") return;
    for (let piece = this.#input.take(); piece !== undefined; piece = this.#input.take()) {
      this.#connection.send(encodeFrame(FRAME.input, piece.offset, piece.bytes));
    }
  }

  #makeRoom(): void {
    if (!this.#input.full) for (const { resolve } of this.#waiting.splice(0)) resolve();
  }

  #tell(message: ClientMessage): void {
    this.#connection?.tell(message);
  }

  #tellOrKeep(message: ClientMessage): void {
    if (this.#connection === undefined) this.#later.set(message.type, message);
    else this.#connection.tell(message);
  }

  #tellNow(message: ClientMessage): void {
    if (this.#connection === undefined) throw lost();
    this.#connection.tell(message);
  }
}

function lost(): FleetError {
  return new FleetError("connection-lost", "there is no connection to the session");
}
