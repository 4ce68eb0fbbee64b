import * as z from "zod/mini";
import { SessionRecord } from "../domain/index.ts";
import { PublicKey } from "../ids/index.ts";

/** Input of `session-attach` and `session-view`. */
export const AttachInput = z.object({
  session: z.optional(z.union([z.object({ id: z.int() }), z.object({ name: z.string() })])),
  /** Public nkey made for this attach alone; the ticket is bound to it. */
  clientKey: PublicKey,
});

/** Where to open the terminal WebSocket, tried in this order. */
export const AttachAddress = z.union([
  z.object({ kind: z.literal("unix"), path: z.string() }),
  z.object({
    kind: z.literal("url"),
    url: z.string(),
    /** PEM of the CA that signed the certificate behind the URL, when it isn't a public one. */
    ca: z.optional(z.string()),
    /** It leads through the hub's relay: tried when the node's own addresses don't answer soon. */
    via: z.optional(z.literal("relay")),
  }),
]);
export type AttachAddress = z.infer<typeof AttachAddress>;

export const AttachAnswer = z.object({
  session: SessionRecord,
  /** A signed ticket, see wire/ticket.ts. */
  ticket: z.string(),
  addresses: z.array(AttachAddress),
});
export type AttachAnswer = z.infer<typeof AttachAnswer>;
