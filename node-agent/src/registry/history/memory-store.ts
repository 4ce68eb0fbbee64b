// A history that lives as long as the registry: for a NATS without JetStream. The nodes' own histories fill the next one.
import { randomBytes } from "node:crypto";
import type { EventRecord } from "@fleetwire/shared/bus";
import type { EntrySink, HistoryStore, LineEnd } from "./types.ts";

export function createMemoryStore(sink: EntrySink, now: () => number): HistoryStore {
  const ends = new Map<string, LineEnd>();
  let seq = 0;
  sink.begin(randomBytes(9).toString("base64url"));
  return {
    end: (line) => Promise.resolve(ends.get(line) ?? { seq: 0, event: undefined }),
    append(line, _id, event: EventRecord) {
      seq++;
      ends.set(line, { seq, event });
      sink.add({ seq, storedAt: now(), event, bytes: Buffer.byteLength(JSON.stringify(event)) });
      return Promise.resolve("stored");
    },
  };
}
