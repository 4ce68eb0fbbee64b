// Which GPUs there are, asked beside the work: a driver that hangs costs nothing.
import type { Device } from "./reader.ts";

/** Free memory and utilisation are of within this time. */
const FRESH_MS = 60_000;
/** Two launches within this time share what was read. */
const SHARED_MS = 1_000;
/** A driver forgets a process some time after its end. */
const LINGERS_MS = 5_000;

export interface GpuProbe {
  /** What is known now; asks again in the background when that is old. */
  current(): readonly Device[];
  /** As of now, or as near to that as the tools allow. */
  fresh(): Promise<readonly Device[]>;
  /** Their session has ended: what was seen on them was its own. */
  released(uuids: readonly string[]): void;
}

/** @param read answers what there is, given what was there before. @param onChange a GPU came, went, or is used by somebody else now */
export function createGpuProbe(now: () => number, read: (before: readonly Device[]) => Promise<Device[]>, onChange: () => void): GpuProbe {
  let known: readonly Device[] = [];
  let askedAt = Number.NEGATIVE_INFINITY;
  let dueAt = Number.NEGATIVE_INFINITY;
  let reading: Promise<void> | undefined;
  const lingering = new Set<string>();

  function ask(): Promise<void> {
    askedAt = now();
    dueAt = askedAt + FRESH_MS;
    reading = read(known).then(take, () => take([])).finally(() => (reading = undefined));
    return reading;
  }

  function take(devices: readonly Device[]): void {
    const before = known;
    known = devices;
    const busy = new Set(devices.filter((device) => device.busy).map(({ uuid }) => uuid));
    for (const uuid of lingering) if (!busy.has(uuid)) lingering.delete(uuid);
    if (lingering.size > 0) dueAt = Math.min(dueAt, now() + LINGERS_MS);
    if (outline(before) !== outline(devices)) onChange();
  }

  return {
    current() {
      if (now() >= dueAt && reading === undefined) void ask();
      return known;
    },
    async fresh() {
      await (reading ?? (now() - askedAt > SHARED_MS ? ask() : undefined));
      return known;
    },
    released(uuids) {
      known = known.map((device) => (uuids.includes(device.uuid) ? { ...device, busy: false } : device));
      for (const uuid of uuids) lingering.add(uuid);
      askedAt = dueAt = Number.NEGATIVE_INFINITY;
    },
  };
}

/** What others should hear of when it changes. */
const outline = (devices: readonly Device[]): string => devices.map(({ uuid, busy }) => `${uuid} ${busy}`).join();
