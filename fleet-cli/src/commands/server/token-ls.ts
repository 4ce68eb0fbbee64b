import { directToken } from "@fleetwire/shared/bus";
import { renderTable } from "../../ui/index.ts";
import { defineCommand } from "../command.ts";

export default defineCommand({
  args: [],
  flags: {},
  examples: ["fleet server token ls"],
  async run({ client, output }) {
    const { tokens } = await client.call(directToken, { action: "list" }, { kind: "local" });
    const rows = tokens.map(({ name, role, createdAt, expiresAt }) => [name, role, createdAt, expiresAt ?? "never"]);
    return { json: tokens, text: renderTable([{ title: "NAME" }, { title: "ROLE" }, { title: "CREATED" }, { title: "EXPIRES" }], rows, output.width), quiet: tokens.map(({ name }) => name).join("\n") };
  },
});
