import { directToken } from "@fleetwire/shared/bus";
import { FleetError } from "@fleetwire/shared/errors";
import { defineCommand } from "../command.ts";
import { oneOf, time, value } from "../flags.ts";

const ROLES = ["viewer", "operator", "admin", "ci"] as const;

export default defineCommand({
  args: [{ name: "NAME", help: "who will use it", required: true }],
  flags: { "role": value("ROLE", ROLES.join(", "), oneOf(...ROLES), { offers: ROLES }), "expires": value("T", "how long it works; default: until it is revoked", time) },
  examples: ["fleet server token create phone --role viewer > token", "fleet server token create laptop --role operator --expires 30d"],
  notes: "Shown once: the node keeps a hash only.",
  async run({ client, flags, args: [name = ""] }) {
    if (flags.role === undefined) throw new FleetError("needs-flag", `--role is missing: ${ROLES.join(", ")}`, { hint: "e.g. 'fleet server token create phone --role viewer'" });
    const { token = "", tokens } = await client.call(directToken, { action: "create", name, role: flags.role, ...(flags.expires === undefined ? {} : { expiresInS: Math.round(flags.expires / 1000) }) }, { kind: "local" });
    return { json: { token, ...tokens.find((one) => one.name === name) }, text: token, quiet: token };
  },
});
