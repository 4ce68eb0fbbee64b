// Many streams over one connection that keeps the bounds of messages and their order (a WebSocket). Of those that have
// something to send and credit for it, the ones with little go first and the others take turns: a key, an interrupt and a
// signal wait for nobody's bulk (D8), and nobody who stalls holds back another (D4).
import { FleetError } from "../errors/index.ts";
import { decodeMux, encodeMux, KIND } from "./frames.ts";
import { Flight } from "./flight.ts";
import { MuxStream } from "./stream.ts";

/** What goes to the other side, one message a frame. */
export interface MuxCarrier {
  readonly send: (frame: Buffer) => void;
  /** Bytes that were sent and that the kernel has not taken yet. When they become fewer, `pump` is to be called. */
  readonly waiting: () => number;
}

export interface MuxOptions {
  readonly carrier: MuxCarrier;
  /** The other side has opened a stream. Without it, it may open none. */
  readonly opened?: (stream: MuxStream) => void;
  /** A stream is over, either side's. */
  readonly closed?: (stream: MuxStream) => void;
  readonly maxStreams: number;
  /** Bytes of one stream that may be on their way, or wait here, in one direction. The same on both sides. */
  readonly window: number;
  /** Milliseconds, monotonic. */
  readonly now: () => number;
}

/** More than this in the carrier: the others wait here, where turns are taken. */
const CARRIER_HIGH = 128 * 1024;
/** Who has no more than this to send goes before those who have more. */
const LITTLE = 4 * 1024;
/** Of those with little so many in a row; then it is somebody else's turn. */
const LITTLE_IN_A_ROW = 16;

export class Mux {
  readonly #options: MuxOptions;
  readonly #streams = new Map<number, MuxStream>();
  readonly #little = new Set<MuxStream>();
  readonly #much = new Set<MuxStream>();
  readonly #flight: Flight;
  #littleInARow = 0;
  #lastId = 0;
  /** Data of all streams that has come in and is not yet told. */
  #arrived = 0;
  #pumping = false;
  #over = false;

  constructor(options: MuxOptions) {
    this.#options = options;
    this.#flight = new Flight(options.now);
  }

  get size(): number {
    return this.#streams.size;
  }

  /** @returns undefined when there is no room for another */
  open(): MuxStream | undefined {
    if (this.#over || this.#streams.size >= this.#options.maxStreams) return undefined;
    const stream = this.#add(this.#lastId + 1);
    this.#options.carrier.send(encodeMux(KIND.open, stream.id));
    return stream;
  }

  /** @throws FleetError `bad-input` when it is against the protocol: the connection has to end */
  receive(message: Buffer): void {
    if (this.#over) return;
    const frame = decodeMux(message);
    if (frame.kind === KIND.open) return this.#opened(frame.id);
    if (frame.id > this.#lastId) throw new FleetError("bad-input", "a frame of a stream that never was");
    if (frame.kind === KIND.window && frame.id === 0) return this.#hasArrived(frame.bytes);
    const isData = frame.kind === KIND.data || frame.kind === KIND.marked;
    if (isData) this.#arrived += frame.bytes.length;
    if (frame.kind === KIND.marked) this.#tellArrived();
    // Absent: it was ended here while this was on its way.
    const stream = this.#streams.get(frame.id);
    if (isData) stream?.gotData(frame.bytes);
    else if (frame.kind === KIND.window) stream?.gotWindow(frame.bytes);
    else if (frame.kind === KIND.end) stream?.gotEnd();
    else stream?.gotReset();
  }

  /** Sends what may be sent. */
  pump(): void {
    if (this.#pumping || this.#over) return;
    // Sending tells writers that there is room, and they write.
    this.#pumping = true;
    try {
      while (this.#flight.hasRoom && this.#options.carrier.waiting() < CARRIER_HIGH) {
        const stream = this.#next();
        if (stream === undefined) return;
        const mark = this.#flight.wantsMark;
        const bytes = stream.sendNext(mark);
        if (bytes > 0) this.#flight.sent(bytes, mark);
        if (stream.isReady) this.#line(stream);
      }
    } finally {
      this.#pumping = false;
    }
  }

  /** The connection is gone, and all its streams with it. */
  close(): void {
    if (this.#over) return;
    this.#over = true;
    for (const stream of this.#streams.values()) stream.gotReset();
  }

  #opened(id: number): void {
    const { opened, maxStreams, carrier } = this.#options;
    if (opened === undefined || id <= this.#lastId) throw new FleetError("bad-input", "a stream that may not be opened");
    if (this.#streams.size >= maxStreams) {
      this.#lastId = id;
      return carrier.send(encodeMux(KIND.reset, id));
    }
    opened(this.#add(id));
  }

  #add(id: number): MuxStream {
    this.#lastId = id;
    const { carrier, window } = this.#options;
    const stream = new MuxStream(id, {
      window,
      send: (frame) => this.#over || carrier.send(frame),
      ready: (one) => {
        this.#line(one);
        // What is written in one go is sent in one frame.
        queueMicrotask(() => this.pump());
      },
      over: (one) => {
        this.#streams.delete(one.id);
        this.#little.delete(one);
        this.#much.delete(one);
        this.#options.closed?.(one);
      },
    });
    this.#streams.set(id, stream);
    return stream;
  }

  /** Into its place in the line; whoever is in it keeps it. */
  #line(stream: MuxStream): void {
    if (stream.queued <= LITTLE) {
      this.#little.add(stream);
      this.#much.delete(stream);
    } else {
      this.#much.add(stream);
      this.#little.delete(stream);
    }
  }

  #next(): MuxStream | undefined {
    const littleFirst = this.#much.size === 0 || this.#littleInARow < LITTLE_IN_A_ROW;
    const [stream] = littleFirst && this.#little.size > 0 ? this.#little : this.#much;
    if (stream === undefined) return undefined;
    this.#littleInARow = this.#little.delete(stream) ? this.#littleInARow + 1 : 0;
    this.#much.delete(stream);
    return stream;
  }

  #tellArrived(): void {
    this.#options.carrier.send(encodeMux(KIND.window, 0, this.#arrived));
    this.#arrived = 0;
  }

  #hasArrived(bytes: number): void {
    this.#flight.arrived(bytes);
    if (this.#flight.isImpossible) throw new FleetError("bad-input", "more has arrived than was sent");
    this.pump();
  }
}
