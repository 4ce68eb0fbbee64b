// Whose messages, and which node is asked about them.
import { NodeName } from "@fleetwire/shared/ids";
import { checked, text, value } from "../flags.ts";

export const NODE_FLAG = {
  "node": value("NODE", "ask that node instead of this machine's", checked(NodeName), { offers: "nodes" }),
} as const;

export const WHOSE_FLAGS = {
  "session": value("TARGET", "look into a session's mailbox, or @NODE's", text, { offers: "targets" }),
  ...NODE_FLAG,
} as const;
