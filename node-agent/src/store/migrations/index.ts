import { first } from "./001-first.ts";
import { gpus } from "./002-gpus.ts";
import { events } from "./003-events.ts";
import { messages } from "./004-messages.ts";

export interface Migration {
  /** The version of the tables after it. */
  readonly version: number;
  readonly sql: string;
}

/** Forward only, in order; what was released is never edited. */
export const MIGRATIONS: readonly Migration[] = [first, gpus, events, messages];
