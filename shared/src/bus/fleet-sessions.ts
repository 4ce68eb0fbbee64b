import * as z from "zod/mini";
import { NodeState, SessionRecord } from "../domain/index.ts";
import { NodeName } from "../ids/index.ts";
import { defineContract, VIEW } from "./contract.ts";
import { PAGE_INPUT, PAGE_OUTPUT } from "./pages.ts";
import { SessionFilter } from "./session-ref.ts";

export const fleetSessions = defineContract({
  verb: "sessions",
  purpose: "the fleet's sessions as last heard, with the state and age of their node, a page at a time",
  reach: "registry",
  roles: [...VIEW, "ci"],
  input: z.object({
    nodes: z.optional(z.array(NodeName)),
    filter: z.optional(SessionFilter),
    ...PAGE_INPUT,
    limit: z.optional(z.int().check(z.gte(1), z.lte(500))),
  }),
  output: z.object({
    sessions: z.array(SessionRecord),
    /** Nodes of this page: how fresh their rows are. */
    nodes: z.record(z.string(), z.object({ state: NodeState, ageMs: z.number() })),
    more: z.boolean(),
    /** Give as `after` for the next page. */
    next: z.optional(z.string()),
    ...PAGE_OUTPUT,
    total: z.int(),
  }),
});
