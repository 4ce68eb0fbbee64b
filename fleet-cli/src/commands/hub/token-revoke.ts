import { hubRevoke } from "@fleetwire/shared/bus";
import { defineCommand } from "../command.ts";
import { needHub } from "./here.ts";
import { issuedName } from "./issued-text.ts";
import { NOT_TOLD } from "./not-told.ts";

export default defineCommand({
  args: [{ name: "NAME|KEY", help: "a name, or a key that 'fleet hub token ls' shows, or its first six letters and more", required: true }],
  flags: {},
  examples: ["fleet hub token revoke alice", "fleet hub token revoke UAB3DE5FGH2I"],
  notes: "An unused token can't be used any more. The holder of a credential is cut off from the fleet, and its attaches are closed on every\nnode; sessions go on. With a new token it can come back.",
  async run({ client, settings, output, args: [which = ""] }) {
    needHub(settings);
    const done = await client.call(hubRevoke, { which });
    if (!done.told) output.note(NOT_TOLD);
    return { json: done, text: done.revoked.map((one) => `revoked ${issuedName(one)}`).join("\n"), quiet: done.revoked.map(({ id }) => id).join("\n") };
  },
});
