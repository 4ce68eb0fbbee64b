import { readServers } from "../../config/index.ts";
import { renderTable } from "../../ui/index.ts";
import { defineCommand } from "../command.ts";

export default defineCommand({
  args: [],
  flags: {},
  examples: ["fleet server ls"],
  async run({ settings, output }) {
    const servers = Object.entries(await readServers(settings.paths.servers)).map(([name, { url, token, ca }]) => ({ name, url, token: token !== undefined, ca: ca !== undefined }));
    const rows = servers.map(({ name, url, token, ca }) => [name, url, token ? "yes" : "no", ca ? "own" : "public"]);
    return { json: servers, text: renderTable([{ title: "NAME" }, { title: "URL", flexible: true }, { title: "TOKEN" }, { title: "CA" }], rows, output.width), quiet: servers.map(({ name }) => name).join("\n") };
  },
});
