// Which GPUs there are, asked beside the work: a driver that hangs costs nothing.
import type { Device } from "./reader.ts";

/** Free memory and utilisation are of within this time. */
const FRESH_MS = 60_000;
/** Two launches within this time share what was read. */
const SHARED_MS = 1_000;

export interface GpuProbe {
  /** What is known now; asks again in the background when that is old. */
  current(): readonly Device[];
  /** As of now, or as near to that as the tools allow. */
  fresh(): Promise<readonly Device[]>;
  /** Somebody stopped using one. */
  outdated(): void;
}

/** @param read answers what there is, given what was there before. @param onChange a GPU came, went, or is used by somebody else now */
export function createGpuProbe(now: () => number, read: (before: readonly Device[]) => Promise<Device[]>, onChange: () => void): GpuProbe {
  let known: readonly Device[] = [];
  let askedAt = Number.NEGATIVE_INFINITY;
  let reading: Promise<void> | undefined;

  function ask(): Promise<void> {
    askedAt = now();
    reading = read(known).then(take, () => take([])).finally(() => (reading = undefined));
    return reading;
  }

  function take(devices: readonly Device[]): void {
    const before = known;
    known = devices;
    if (outline(before) !== outline(devices)) onChange();
  }

  return {
    current() {
      if (now() - askedAt > FRESH_MS && reading === undefined) void ask();
      return known;
    },
    outdated: () => void (askedAt = Number.NEGATIVE_INFINITY),
    async fresh() {
      await (reading ?? (now() - askedAt > SHARED_MS ? ask() : undefined));
      return known;
    },
  };
}

/** What others should hear of when it changes. */
const outline = (devices: readonly Device[]): string => devices.map(({ uuid, busy }) => `${uuid} ${busy}`).join();
