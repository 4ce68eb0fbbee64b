import { hubInit } from "@fleetwire/shared/bus";
import { FleetName } from "@fleetwire/shared/ids";
import { defineCommand } from "../command.ts";
import { checked, text, value, whole } from "../flags.ts";

const PORT = whole(1, 65_535);

export default defineCommand({
  args: [],
  flags: {
    "host": value("NAME", "the name other machines reach this one by; without it the hub is for this machine only", text),
    "nats-port": value("N", "default 4222, or a free one", PORT),
    "gateway-port": value("N", "default 9443", PORT),
  },
  examples: ["fleet hub init", "fleet hub init --host hub.example.com"],
  notes: "Makes keys, accounts, permissions and certificates, and starts nothing. --fleet names the fleet.",
  async run({ client, flags, globals }) {
    const fleet = globals.fleet === undefined ? undefined : checked(FleetName)(globals.fleet, "--fleet");
    const made = await client.call(hubInit, { fleet, host: flags.host, natsPort: flags["nats-port"], gatewayPort: flags["gateway-port"] });
    const reach = made.publicBind ? "It will listen for other machines, with TLS." : "It will listen on this machine only.";
    return { json: made, text: `hub of fleet '${made.fleet}' made in ${made.directory}\n${reach} Start it with 'fleet hub up'.`, quiet: made.fleet };
  },
});
