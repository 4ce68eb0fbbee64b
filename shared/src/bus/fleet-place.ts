import * as z from "zod/mini";
import { NodeRecord } from "../domain/index.ts";
import { NodeName } from "../ids/index.ts";
import { PlaceWish } from "../placement/index.ts";
import { defineContract, OPERATE } from "./contract.ts";

export const fleetPlace = defineContract({
  verb: "place",
  purpose: "who of the fleet would take a launch, best first: a page of candidates, and how many others lack what",
  reach: "registry",
  roles: [...OPERATE, "viewer", "ci"],
  input: z.object({
    wish: PlaceWish,
    /** Nodes that have refused already. */
    without: z.optional(z.array(NodeName).check(z.maxLength(100))),
    /** Also some of those that don't fit, by name. */
    explain: z.optional(z.boolean()),
  }),
  output: z.object({
    candidates: z.array(z.object({ node: NodeRecord, score: z.number(), reasons: z.array(z.string()) })),
    /** How many fit, and how many were looked at. */
    fitting: z.int(),
    total: z.int(),
    rejected: z.record(z.string(), z.int()),
    refused: z.array(z.object({ node: NodeRecord, lack: z.string() })),
  }),
});
