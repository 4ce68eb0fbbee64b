// What the program said last to its terminal, for the session's record.
import type { HostSession, TerminalSignal } from "@fleetwire/shared/control";

export class LastSaid {
  #title: string | undefined;
  #notification: HostSession["notification"];
  #lastBellAt: number | undefined;

  /** @returns whether the record is another one now */
  heard({ kind, text = "", at }: TerminalSignal): boolean {
    switch (kind) {
      case "title":
        this.#title = text;
        return true;
      case "notification":
        this.#notification = { text, at };
        return true;
      case "bell":
        this.#lastBellAt = at;
        return true;
      case "prompt":
      case "directory":
      case "progress":
        return false;
    }
  }

  get fields(): Pick<HostSession, "title" | "notification" | "lastBellAt"> {
    return {
      ...(this.#title === undefined ? {} : { title: this.#title }),
      ...(this.#notification === undefined ? {} : { notification: this.#notification }),
      ...(this.#lastBellAt === undefined ? {} : { lastBellAt: this.#lastBellAt }),
    };
  }
}
