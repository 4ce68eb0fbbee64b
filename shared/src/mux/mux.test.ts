import { createHash, randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { encodeMux, KIND, MAX_DATA } from "./frames.ts";
import { Mux, type MuxOptions, type MuxStream } from "./index.ts";

const WINDOW = 256 * 1024;

/** Two muxes, and a line between them on which frames wait until they are delivered. */
function pair(options: Partial<MuxOptions> = {}) {
  const line: { to: "near" | "far"; frame: Buffer }[] = [];
  const opened: MuxStream[] = [];
  const common = { maxStreams: 100, window: WINDOW, now: () => 0, ...options };
  const near: Mux = new Mux({ ...common, carrier: { send: (frame) => void line.push({ to: "far", frame }), waiting: () => 0 } });
  const far: Mux = new Mux({ ...common, carrier: { send: (frame) => void line.push({ to: "near", frame }), waiting: () => 0 }, opened: (stream) => void opened.push(stream) });
  const deliver = () => {
    const next = line.shift();
    if (next === undefined) return false;
    (next.to === "far" ? far : near).receive(next.frame);
    return true;
  };
  const settle = async () => {
    do await Promise.resolve();
    while (deliver());
  };
  return { near, far, line, opened, settle, deliver };
}

const hash = (bytes: Buffer) => createHash("sha256").update(bytes).digest("hex");

describe("streams over one connection", () => {
  it("keeps every byte of each, in order, both ways", async () => {
    const { near, opened, settle } = pair();
    const sent = [randomBytes(900_000), randomBytes(70_001), randomBytes(3)];
    const back = randomBytes(600_000);
    const streams = sent.map((bytes) => {
      const stream = near.open() as MuxStream;
      stream.write(bytes);
      stream.end();
      return stream;
    });
    const gotBack: Buffer[] = [];
    (streams[0] as MuxStream).onData = (bytes) => {
      gotBack.push(bytes);
      (streams[0] as MuxStream).consumed(bytes.length);
    };
    await Promise.resolve();
    const got = new Map<number, Buffer[]>();
    const listen = () => {
      for (const stream of opened.splice(0)) {
        const parts: Buffer[] = [];
        got.set(stream.id, parts);
        stream.onData = (bytes) => {
          parts.push(bytes);
          stream.consumed(bytes.length);
        };
        stream.onEnd = () => {
          if (stream.id === 1) stream.write(back);
          stream.end();
        };
      }
    };
    const far = pair;
    void far;
    for (let round = 0; round < 400; round++) {
      listen();
      await settle();
    }
    expect(streams.map(({ id }) => hash(Buffer.concat(got.get(id) ?? [])))).toEqual(sent.map(hash));
    expect(hash(Buffer.concat(gotBack))).toBe(hash(back));
    expect(near.size).toBe(0);
  });
});

void encodeMux;
void KIND;
void MAX_DATA;
