// A tool declares what it takes and answers with data and a short text; what a client is told of it is derived.
import type * as z from "zod/mini";
import type { Settings } from "../config/index.ts";
import type { AllowedFleet } from "./allowed-fleet.ts";
import type { Limits } from "./limits.ts";

export interface ToolContext {
  /** What of the fleet this server shows. */
  readonly fleet: AllowedFleet;
  readonly limits: Limits;
  readonly settings: Settings;
  /** The client doesn't want the answer any more. */
  readonly signal: AbortSignal;
  /** For a client that asked to be told: how far it is, of how much, in words. */
  readonly progress: (done: number, total: number, text: string) => void;
}

type Fields = z.ZodMiniObject;

export interface ToolAnswer<T> {
  /** The structured content, as the output's schema says. */
  readonly data: T;
  /** For people, and for clients that show no data. */
  readonly text: string;
}

export interface Tool<I extends Fields = Fields, O extends Fields = Fields> {
  readonly title: string;
  /** For a model: what it is for, units, what to do next. */
  readonly description: string;
  readonly input: I;
  readonly output: O;
  /** `nothing`: it only looks. `anything`: what it starts, types or ends may do or undo work. */
  readonly changes: "nothing" | "settings" | "anything";
  /** The same again changes nothing more. */
  readonly repeatable: boolean;
  run(input: z.output<I>, context: ToolContext): Promise<ToolAnswer<z.input<O>>>;
}

export function defineTool<I extends Fields, O extends Fields>(tool: Tool<I, O>): Tool<I, O> {
  return tool;
}
