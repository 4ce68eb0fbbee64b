// A file that is there whole or not at all: written beside its place, and put there at the end.
import { randomBytes } from "node:crypto";
import { link, open, rename, rm, stat, type FileHandle } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { FleetError } from "@fleetwire/shared/errors";
import { printable } from "@fleetwire/shared/ids";

/** Text that gathers before it is written, characters. */
const BUFFERED = 64 * 1024;

export class NewFile implements AsyncDisposable {
  readonly #path: string;
  readonly #beside: string;
  readonly #file: FileHandle;
  readonly #force: boolean;
  #text = "";
  #bytes = 0;
  #placed = false;

  private constructor(path: string, beside: string, file: FileHandle, force: boolean) {
    this.#path = path;
    this.#beside = beside;
    this.#file = file;
    this.#force = force;
  }

  /** @throws FleetError `needs-flag` when it is there already and may not be replaced; `usage` when it can't be written */
  static async create(path: string, force: boolean): Promise<NewFile> {
    const there = await stat(path).catch(() => undefined);
    if (there !== undefined && !there.isFile()) throw new FleetError("usage", `${printable(path)} is not a file`, { hint: "give the path of a new file" });
    if (there !== undefined && !force) throw taken(path);
    const beside = join(dirname(path), `.${basename(path)}.${randomBytes(4).toString("hex")}`);
    try {
      return new NewFile(path, beside, await open(beside, "wx"), force);
    } catch (error) {
      throw new FleetError("usage", `${printable(path)} can't be written: ${(error as Error).message}`, { hint: "give a path in a directory that you may write to" });
    }
  }

  async write(text: string): Promise<void> {
    this.#text += text;
    if (this.#text.length >= BUFFERED) await this.#flush();
  }

  /** Puts it in its place. @returns its length in bytes. @throws FleetError `needs-flag` when something has come there meanwhile */
  async place(): Promise<number> {
    await this.#flush();
    await this.#file.sync();
    await this.#file.close();
    if (this.#force) await rename(this.#beside, this.#path);
    else await linkOrRename(this.#beside, this.#path);
    this.#placed = true;
    return this.#bytes;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#placed) return;
    await this.#file.close().catch(() => {});
    await rm(this.#beside, { force: true });
  }

  async #flush(): Promise<void> {
    const bytes = Buffer.from(this.#text);
    this.#text = "";
    try {
      for (let done = 0; done < bytes.length; ) done += (await this.#file.write(bytes, done)).bytesWritten;
    } catch (error) {
      throw new FleetError("disk", `${printable(this.#path)} can't be written: ${(error as Error).message}`, { hint: "no file was left; free some space, or write elsewhere" });
    }
    this.#bytes += bytes.length;
  }
}

/** A link, unlike a rename, never replaces anything. Some file systems have none. */
async function linkOrRename(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") throw taken(to);
    return rename(from, to);
  }
  await rm(from, { force: true });
}

const taken = (path: string) => new FleetError("needs-flag", `${printable(path)} is there already`, { hint: "--force replaces it" });
