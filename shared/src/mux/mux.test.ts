import { createHash, randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { Flight } from "./flight.ts";
import { decodeMux, encodeData, encodeMux, KIND, MAX_DATA } from "./frames.ts";
import { Mux, type MuxOptions, type MuxStream } from "./index.ts";

const WINDOW = 256 * 1024;

/** Two muxes and a line between them; frames lie on it until they are delivered. @param take called with each stream that near opens */
function pair(take: (stream: MuxStream) => void = () => {}, options: Partial<MuxOptions> = {}) {
  const line: { to: "near" | "far"; frame: Buffer }[] = [];
  const common = { maxStreams: 100, window: WINDOW, now: () => 0, ...options };
  const near: Mux = new Mux({ ...common, carrier: { send: (frame) => void line.push({ to: "far", frame }), waiting: () => 0 } });
  const far: Mux = new Mux({ ...common, carrier: { send: (frame) => void line.push({ to: "near", frame }), waiting: () => 0 }, opened: take });
  /** Delivers until nothing moves any more. @returns frames of data in the order of their arrival at the far side, as stream numbers */
  async function settle(): Promise<number[]> {
    const order: number[] = [];
    for (;;) {
      await new Promise((resolve) => setImmediate(resolve));
      const next = line.shift();
      if (next === undefined) return order;
      if (next.to === "far" && (next.frame[0] === KIND.data || next.frame[0] === KIND.marked)) order.push(next.frame.readUInt32BE(1));
      (next.to === "far" ? far : near).receive(next.frame);
    }
  }
  const open = () => near.open() as MuxStream;
  return { near, far, line, settle, open };
}

function collect(stream: MuxStream): Buffer[] {
  const parts: Buffer[] = [];
  stream.onData = (bytes) => {
    parts.push(bytes);
    stream.consumed(bytes.length);
  };
  return parts;
}

const hash = (parts: readonly Uint8Array[]) => createHash("sha256").update(Buffer.concat(parts)).digest("hex");

describe("streams over one connection", () => {
  it("keep every byte, in order, both ways, and are gone when both sides have ended", async () => {
    const back = randomBytes(600_000);
    const got = new Map<number, Buffer[]>();
    const { near, far, open, settle } = pair((stream) => {
      got.set(stream.id, collect(stream));
      stream.onEnd = () => {
        if (stream.id === 1) stream.write(back);
        stream.end();
      };
    });
    const sent = [randomBytes(900_000), randomBytes(70_001), randomBytes(3), Buffer.alloc(0)];
    const streams = sent.map(open);
    const answered = collect(streams[0] as MuxStream);
    streams.forEach((stream, index) => {
      stream.write(sent[index] as Buffer);
      stream.end();
    });
    await settle();
    expect(streams.map(({ id }) => hash(got.get(id) ?? []))).toEqual(sent.map((bytes) => hash([bytes])));
    expect(hash(answered)).toBe(hash([back]));
    expect([near.size, far.size]).toEqual([0, 0]);
  });

  it("a reader who stalls holds one window, and nobody else", async () => {
    const got = new Map<number, number>();
    const { open, settle } = pair((stream) => {
      stream.onData = (bytes) => {
        got.set(stream.id, (got.get(stream.id) ?? 0) + bytes.length);
        if (stream.id !== 1) stream.consumed(bytes.length);
      };
    });
    const [stalled, quick] = [open(), open()];
    for (const stream of [stalled, quick]) stream.write(Buffer.alloc(3_000_000));
    await settle();
    expect([got.get(stalled.id), got.get(quick.id)]).toEqual([WINDOW, 3_000_000]);
    expect(stalled.queued).toBe(3_000_000 - WINDOW);
  });

  it("a key doesn't wait for anybody's bulk, and bulk is shared in turns", async () => {
    const { open, settle } = pair(collect);
    const [first, second, typist] = [open(), open(), open()];
    for (const stream of [first, second]) stream.write(Buffer.alloc(WINDOW));
    typist.write(Buffer.from("\u0003"));
    const order = await settle();
    expect(order[0]).toBe(typist.id);
    expect(order.slice(1, 5)).toEqual([first.id, second.id, first.id, second.id]);
  });

  it("one who never stops with small pieces keeps nobody from sending", async () => {
    const { open, settle } = pair(collect);
    const [chatty, bulk] = [open(), open()];
    let left = 500;
    chatty.onRoom = () => left-- > 0 && chatty.write(Buffer.from("x"));
    chatty.write(Buffer.from("x"));
    bulk.write(Buffer.alloc(MAX_DATA * 4));
    expect((await settle()).indexOf(bulk.id)).toBeLessThan(40);
  });

  it("are all told when the connection goes", async () => {
    const told: number[] = [];
    const { near, far, open, settle } = pair((stream) => (stream.onReset = () => told.push(stream.id)));
    open();
    const { id } = open();
    await settle();
    far.close();
    expect(told).toEqual([1, id]);
    near.close();
    expect(near.open()).toBeUndefined();
  });

  it("are as many as was said, and no more", async () => {
    const { near, far, settle } = pair(() => {}, { maxStreams: 2 });
    expect([near.open(), near.open(), near.open()].map((one) => one?.id)).toEqual([1, 2, undefined]);
    await settle();
    // Whoever doesn't keep to it gets a reset.
    far.receive(encodeMux(KIND.open, 3));
    expect(far.size).toBe(2);
  });

  it.each<[string, () => Buffer]>([
    ["nothing", () => Buffer.alloc(0)],
    ["an unknown kind", () => Buffer.from([9, 0, 0, 0, 1])],
    ["empty data", () => Buffer.from([KIND.data, 0, 0, 0, 1])],
    ["more data than a frame holds", () => encodeData(KIND.data, 1, [Buffer.alloc(MAX_DATA + 1)], MAX_DATA + 1)],
    ["a stream opened from the wrong side", () => encodeMux(KIND.open, 7)],
    ["a stream that never was", () => encodeMux(KIND.end, 77)],
    ["credit that was never used", () => encodeMux(KIND.window, 1, WINDOW)],
    ["arrivals of what was never sent", () => encodeMux(KIND.window, 0, 1)],
  ])("%s ends the connection", (_what, frame) => {
    const { near, open } = pair();
    open();
    expect(() => near.receive(frame())).toThrow(expect.objectContaining({ code: "bad-input" }));
  });

  it("more data than was granted ends the connection: nobody fills another's memory", () => {
    const { near, open } = pair();
    const { id } = open();
    const flood = () => {
      for (let sent = 0; sent <= WINDOW; sent += MAX_DATA) near.receive(encodeData(KIND.data, id, [Buffer.alloc(MAX_DATA)], MAX_DATA));
    };
    expect(flood).toThrow(expect.objectContaining({ code: "bad-input" }));
  });

  it("frames are read as they were written", () => {
    expect(decodeMux(encodeData(KIND.marked, 5, [Buffer.from("ab"), Buffer.from("c")], 3))).toEqual({ kind: KIND.marked, id: 5, bytes: Buffer.from("abc") });
    expect(decodeMux(encodeMux(KIND.window, 2 ** 32 - 1, 70_000))).toEqual({ kind: KIND.window, id: 2 ** 32 - 1, bytes: 70_000 });
  });
});

describe("what is on its way", () => {
  /** A line with a delay and a rate, in milliseconds and bytes. @returns the most that lay on it in the last half of the time */
  function flood(delayMs: number, bytesPerMs: number, forMs: number): number {
    let now = 0;
    const flight = new Flight(() => now);
    const line: { at: number; bytes: number }[] = [];
    let [free, held, most] = [0, 0, 0];
    for (; now < forMs; now++) {
      for (; line[0] !== undefined && line[0].at <= now; held -= (line.shift() as { bytes: number }).bytes) flight.arrived(line[0].bytes);
      while (flight.hasRoom) {
        flight.sent(MAX_DATA, flight.wantsMark);
        held += MAX_DATA;
        free = Math.max(free, now) + MAX_DATA / bytesPerMs;
        line.push({ at: free + delayMs, bytes: MAX_DATA });
      }
      if (now > forMs / 2) most = Math.max(most, held);
    }
    return most;
  }

  it("is little on a slow line: a key behind it waits a fraction of a second", () => expect(flood(20, 1_000, 30_000) / 1_000).toBeLessThan(400));
  it("stays little for as long as the flood lasts", () => expect(flood(20, 1_000, 600_000) / 1_000).toBeLessThan(400));
  it("fills a long fast line", () => expect(flood(40, 100_000, 20_000)).toBeGreaterThan(3_000_000));
});
