// What is still to be told, as files: a delivery is there before anybody is told and goes when it was told. One process at a
// time has an outbox.
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { FleetError } from "../errors/index.ts";
import { Delivery } from "./delivery.ts";

export interface Outbox extends Disposable {
  /** As kept, oldest first. */
  all(): Delivery[];
  /** Whole or not at all. */
  write(delivery: Delivery): void;
  remove(id: string): void;
  /** A small text beside the deliveries. */
  note(name: "cursor" | "status.json", text: string): void;
}

/** @throws FleetError `agent-running` when another process that lives has it */
export function openOutbox(directory: string): Outbox {
  const deliveries = join(directory, "outbox");
  mkdirSync(deliveries, { recursive: true, mode: 0o700 });
  const release = lock(join(directory, "pid"));
  const file = (id: string) => join(deliveries, `${id}.json`);
  return {
    all: () =>
      readdirSync(deliveries)
        .filter((name) => name.endsWith(".json"))
        .flatMap((name) => readDelivery(join(deliveries, name)) ?? [])
        .toSorted((a, b) => a.createdAt - b.createdAt),
    write: (delivery) => writeWhole(file(delivery.id), JSON.stringify(delivery)),
    remove: (id) => rmSync(file(id), { force: true }),
    note: (name, text) => writeWhole(join(directory, name), text),
    [Symbol.dispose]: release,
  };
}

/** @returns undefined when there is none */
export function readNote(directory: string, name: "cursor" | "status.json"): string | undefined {
  try {
    return readFileSync(join(directory, name), "utf8");
  } catch {
    return undefined;
  }
}

function readDelivery(path: string): Delivery | undefined {
  try {
    return Delivery.parse(JSON.parse(readFileSync(path, "utf8")));
  } catch {
    // Half of one, or of another release: it can't be told.
    rmSync(path, { force: true });
    return undefined;
  }
}

function writeWhole(path: string, text: string): void {
  writeFileSync(`${path}.new`, text, { mode: 0o600 });
  renameSync(`${path}.new`, path);
}

function lock(path: string): () => void {
  for (let left = 3; ; left--) {
    try {
      writeFileSync(path, String(process.pid), { flag: "wx", mode: 0o600 });
      return () => rmSync(path, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST" || left === 0) throw error;
      const holder = Number(readText(path));
      if (holder !== process.pid && isAlive(holder)) throw new FleetError("agent-running", `process ${holder} tells these notifications already`, { hint: "one 'fleet notify run' is enough; stop the other one first" });
      rmSync(path, { force: true });
    }
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

function isAlive(pid: number): boolean {
  try {
    return Number.isInteger(pid) && pid > 0 && process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
