import * as z from "zod/mini";
import { NodeName } from "../ids/index.ts";
import { Role, defineContract } from "./contract.ts";

export const nodeJoin = defineContract({
  verb: "node-join",
  purpose: "make this machine a node of the fleet that a join token comes from",
  reach: "socket",
  roles: [],
  change: true,
  timeoutMs: 30_000,
  input: z.object({ token: z.string().check(z.maxLength(16_384)), name: z.optional(NodeName) }),
  output: z.object({ fleet: z.string(), role: Role, name: z.string(), urls: z.array(z.string()) }),
});
