import { decodeJoinToken, nodeJoin } from "@fleetwire/shared/bus";
import { FleetError } from "@fleetwire/shared/errors";
import { defineCommand } from "./command.ts";
import { joinToken } from "./join-token.ts";

export default defineCommand({
  args: [{ name: "TOKEN", help: "from 'fleet hub token --role viewer|operator|admin|ci'; '-' reads it from stdin", required: true }],
  flags: {},
  examples: ["fleet join fleet1_…", "fleet join - < token"],
  notes: "Your key is made here and stays here; the fleet signs it. A machine joins with 'fleet up --join TOKEN'.",
  async run({ client, args: [given = ""] }) {
    const token = joinToken(given);
    if (decodeJoinToken(token).role === "node") throw new FleetError("bad-token", "this token is for a machine", { hint: "use it there: 'fleet up --join TOKEN'" });
    const joined = await client.call(nodeJoin, { token });
    return { json: joined, text: `joined fleet '${joined.fleet}' as ${joined.role}${joined.name === "" ? "" : ` (${joined.name})`}`, quiet: joined.fleet };
  },
});
