import { hubToken } from "@fleetwire/shared/bus";
import { FleetError } from "@fleetwire/shared/errors";
import { PoolName } from "@fleetwire/shared/ids";
import { defineCommand } from "../command.ts";
import { checked, oneOf, text, time, value } from "../flags.ts";
import { needHub } from "./here.ts";

const ROLES = ["node", "viewer", "operator", "admin", "ci"] as const;
const seconds = (ms: number | undefined) => (ms === undefined ? undefined : Math.round(ms / 1000));

export default defineCommand({
  args: [],
  flags: {
    "role": value("ROLE", ROLES.join(", "), oneOf(...ROLES), { offers: ROLES }),
    "name": value("NAME", "the node's name, or the person's", text),
    "pool": value("POOL", "for node and ci: the part of the fleet it is for", checked(PoolName)),
    "expires": value("T", "until when the token can be used; default 1h", time),
    "credential-expires": value("T", "how long the credential is good that it becomes; default 30d, for ci 1d", time),
  },
  examples: ["fleet hub token --role node --name gpu-box", "fleet hub token create --role viewer --name alice --expires 10m --credential-expires 90d"],
  notes: "Works once. A machine uses it with 'fleet up --join', a person with 'fleet join'. Nodes renew their credential themselves; people ask\nfor a new token when theirs has expired.",
  async run({ client, flags, settings, output }) {
    if (flags.role === undefined) throw new FleetError("needs-flag", `--role is missing: ${ROLES.join(", ")}`, { hint: "e.g. 'fleet hub token --role node --name gpu-box'" });
    needHub(settings);
    const made = await client.call(hubToken, { role: flags.role, name: flags.name, pool: flags.pool, expiresInS: seconds(flags.expires), credentialExpiresInS: seconds(flags["credential-expires"]) });
    if (output.isTerminal) output.note(`for one use until ${made.expiresAt}:`);
    return { json: made, text: made.token, quiet: made.token };
  },
});
