import { FleetError } from "@fleetwire/shared/errors";
import { printable } from "@fleetwire/shared/ids";
import { normalizeNodeUrl } from "@fleetwire/shared/wire";
import { readCa, readSecret } from "../../client/index.ts";
import { addServer } from "../../config/index.ts";
import { defineCommand } from "../command.ts";

export default defineCommand({
  args: [
    { name: "NAME", help: "what to call it here", required: true },
    { name: "URL", help: "the address of its terminals: host:port, wss://… or https://…", required: true },
  ],
  flags: {},
  examples: ["fleet server add home wss://home.example.com --token-file token", "fleet server add lab lab:9443 --token-file token --ca-file lab-ca.pem"],
  notes: "Use it with 'fleet --server NAME …'. The token is kept in servers.toml, which is yours alone.",
  async run({ settings, args: [name = "", url = ""] }) {
    if (!/^[A-Za-z0-9_-]{1,40}$/.test(name)) throw new FleetError("bad-name", `'${printable(name)}' is not a name for a server`, { hint: "1–40 letters, digits, '-' or '_'" });
    const base = normalizeNodeUrl(url);
    const token = settings.bearer.file === undefined ? settings.bearer.value : readSecret(settings.bearer.file);
    if (token === undefined) throw new FleetError("needs-flag", "--token-file is missing", { hint: "on that node: 'fleet server token create NAME --role ROLE > token'" });
    await addServer(settings.paths.servers, name, { url: base, token, ...(settings.caFile === undefined ? {} : { ca: readCa(settings.caFile) }) });
    return { json: { name, url: base }, text: `saved ${name}: ${base}`, quiet: name };
  },
});
