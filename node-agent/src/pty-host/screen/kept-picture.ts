// A picture put aside: the sequence that draws it, with its offset and size. An emulator that is not needed now is put aside
// in memory, the last picture of an ended session in its directory; both are exact, and small beside an emulator.
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Size } from "@fleetwire/shared/control";
import { Emulator, SCROLLBACK } from "./emulator.ts";

export interface KeptPicture {
  readonly key: string;
  readonly offset: number;
  readonly size: Size;
  /** Of the session's sizes it has had so many. */
  readonly sizes: number;
  readonly data: string;
}

const FILE = "screen.json";

export function keep(key: string, emulator: Emulator): KeptPicture {
  const { data, size } = emulator.snapshot("vt", SCROLLBACK);
  return { key, offset: emulator.offset, size, sizes: emulator.sizes, data };
}

export function revive({ offset, size, sizes, data }: KeptPicture): Emulator {
  const emulator = new Emulator(size, 0, sizes);
  emulator.write(Buffer.from(data, "utf8"));
  emulator.skipTo(offset);
  return emulator;
}

/** A disk that fails costs this picture, which can be drawn again from the log. */
export function writeKept(directory: string, picture: KeptPicture): void {
  const path = join(directory, FILE);
  try {
    writeFileSync(`${path}.new`, JSON.stringify(picture), { mode: 0o600 });
    renameSync(`${path}.new`, path);
  } catch {
    return;
  }
}

/** @returns undefined when there is none of this life */
export function readKept(directory: string, key: string): KeptPicture | undefined {
  try {
    const picture = JSON.parse(readFileSync(join(directory, FILE), "utf8")) as KeptPicture;
    return picture.key === key ? picture : undefined;
  } catch {
    return undefined;
  }
}
