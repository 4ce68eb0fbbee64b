import { removeServer } from "../../config/index.ts";
import { defineCommand } from "../command.ts";

export default defineCommand({
  args: [{ name: "NAME", help: "a saved server", required: true, offers: "servers" }],
  flags: {},
  examples: ["fleet server rm home"],
  async run({ settings, args: [name = ""] }) {
    await removeServer(settings.paths.servers, name);
    return { json: { name, removed: true }, text: `removed ${name}`, quiet: name };
  },
});
