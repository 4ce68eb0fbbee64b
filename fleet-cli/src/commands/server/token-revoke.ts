import { directToken } from "@fleetwire/shared/bus";
import { FleetError } from "@fleetwire/shared/errors";
import { printable } from "@fleetwire/shared/ids";
import { defineCommand } from "../command.ts";

export default defineCommand({
  args: [{ name: "NAME", help: "of the token", required: true }],
  flags: {},
  examples: ["fleet server token revoke phone"],
  async run({ client, args: [name = ""] }) {
    const { revoked } = await client.call(directToken, { action: "revoke", name }, { kind: "local" });
    if (revoked !== true) throw new FleetError("bad-token", `there is no token '${printable(name)}'`, { hint: "'fleet server token ls' lists them" });
    return { json: { name, revoked }, text: `revoked ${name}`, quiet: name };
  },
});
