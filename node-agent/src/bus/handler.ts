import type { Contract, InputOf, OutputOf } from "@fleetwire/shared/bus";
import type { Caller } from "./caller.ts";
import type { Services } from "./services.ts";

export interface Context {
  readonly caller: Caller;
  readonly services: Services;
  /** Of a change. */
  readonly operation: string | undefined;
  /** The agent stopped while it made this change; only of one that is `resumable`. */
  readonly resumed: boolean;
}

/** A verb's contract and what answers it. Input is parsed before, output after. */
export interface Handler<C extends Contract = Contract> {
  readonly contract: C;
  // A method, not a property: handlers of different verbs fit one table.
  answer(input: InputOf<C>, context: Context): Promise<OutputOf<C>>;
}

export function handler<C extends Contract>(contract: C, answer: (input: InputOf<C>, context: Context) => Promise<OutputOf<C>>): Handler<C> {
  return { contract, answer };
}
