import * as z from "zod/mini";

/** `service.json` in the state directory: which units of the service manager are this home's. */
export const ServiceMarker = z.object({
  manager: z.literal("systemd"),
  scope: z.enum(["user", "system"]),
  /** The agent's. */
  node: z.optional(z.string()),
  hub: z.optional(z.object({ target: z.string(), nats: z.string(), registry: z.string(), relay: z.optional(z.string()) })),
});
export type ServiceMarker = z.infer<typeof ServiceMarker>;
