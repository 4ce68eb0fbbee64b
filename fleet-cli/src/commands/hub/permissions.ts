import { permissionsOf, ROLES } from "@fleetwire/shared/bus";
import { FleetError } from "@fleetwire/shared/errors";
import { FleetName, PoolName, PublicKey } from "@fleetwire/shared/ids";
import { defineCommand } from "../command.ts";
import { checked, oneOf, toggle, value } from "../flags.ts";
import { confText, nscText, plainText } from "./permissions-text.ts";

export default defineCommand({
  args: [],
  flags: {
    "role": value("ROLE", ROLES.join(", "), oneOf(...ROLES), { offers: ROLES }),
    "pool": value("POOL", "for node and ci: the part of the fleet it is for; default 'default'", checked(PoolName)),
    "key": value("KEY", "with --conf: the user's public key, from 'fleet key'", checked(PublicKey)),
    "nsc": toggle("as an nsc command that makes a signing key for the role"),
    "conf": toggle("as a user of a static server configuration"),
  },
  examples: ["fleet hub permissions --role viewer", "fleet hub permissions --role node --pool gpu --nsc", "fleet hub permissions --role viewer --conf --key UAB3…"],
  notes: "For a NATS server that you run already; a hub of 'fleet hub init' has them. docs/own-nats.md shows the whole set-up.\n--fleet names the fleet; {{subject()}} is the user's own public key, filled in by the server.",
  run({ flags, globals }) {
    if (flags.role === undefined) throw new FleetError("needs-flag", `--role is missing: ${ROLES.join(", ")}`, { hint: "e.g. 'fleet hub permissions --role viewer --nsc'" });
    const of = { role: flags.role, pool: flags.pool ?? PoolName.parse("default"), fleet: checked(FleetName)(globals.fleet ?? "default", "--fleet") };
    const permissions = permissionsOf(of.role, of.fleet, of.pool);
    const text = flags.nsc ? nscText(of, permissions) : flags.conf ? confText(permissions, flags.key) : plainText(permissions);
    return Promise.resolve({ json: { ...of, ...permissions }, text, quiet: [...permissions.publish, ...permissions.subscribe].join("\n") });
  },
});
