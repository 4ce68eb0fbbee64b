import { hubTokens } from "@fleetwire/shared/bus";
import { defineCommand } from "../command.ts";
import { toggle } from "../flags.ts";
import { needHub } from "./here.ts";
import { issuedTable } from "./issued-text.ts";

export default defineCommand({
  args: [],
  flags: { "all": toggle("also what is good for nothing any more: used, expired and revoked ones", "a") },
  examples: ["fleet hub token ls", "fleet hub token ls --all", "fleet hub token ls --json"],
  notes: "Unused join tokens, and the credentials that count. Times are UTC. The secret of a token is shown once, when it is made.",
  async run({ client, settings, flags, output }) {
    needHub(settings);
    const { issued } = await client.call(hubTokens, {});
    const shown = flags.all ? issued : issued.filter(({ state }) => state === "unused" || state === "live");
    return { json: shown, text: issuedTable(shown, output.width), quiet: shown.map(({ id }) => id).join("\n") };
  },
});
