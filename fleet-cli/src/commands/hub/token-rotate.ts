import { hubRotate, type Issued } from "@fleetwire/shared/bus";
import { FleetError } from "@fleetwire/shared/errors";
import { PoolName } from "@fleetwire/shared/ids";
import { defineCommand } from "../command.ts";
import { checked, oneOf, time, value } from "../flags.ts";
import { needHub } from "./here.ts";
import { issuedName } from "./issued-text.ts";
import { NOT_TOLD } from "./not-told.ts";

const ROLES = ["node", "viewer", "operator", "admin", "ci"] as const;

export default defineCommand({
  args: [{ name: "NAME|KEY", help: "one credential; without it --role says whose signing key is replaced", required: false }],
  flags: {
    "role": value("ROLE", `replace the signing key of a role: ${ROLES.join(", ")}`, oneOf(...ROLES), { offers: ROLES }),
    "pool": value("POOL", "for node and ci: of this pool; default 'default'", checked(PoolName)),
    "grace": value("T", "how long nodes that are connected have to get their new credential; default 20s, at most 90s", time),
  },
  examples: ["fleet hub token rotate --role viewer", "fleet hub token rotate --role node --pool gpu --grace 60s", "fleet hub token rotate gpu-box"],
  notes: "What the old key signed is worth nothing afterwards. Nodes that are connected get a new credential by themselves; nodes that are away,\nand people, join again: the answer says who. For one credential that can't renew itself a join token is printed.",
  async run({ client, settings, flags, output, args: [which] }) {
    if ((which === undefined) === (flags.role === undefined)) throw new FleetError("usage", "either a credential or --role is given", { hint: "e.g. 'fleet hub token rotate --role viewer', or 'fleet hub token rotate alice'" });
    needHub(settings);
    const what = which === undefined ? { role: flags.role ?? "node", pool: flags.pool } : { which };
    const done = await client.call(hubRotate, { what, graceMs: flags.grace });
    if (!done.told) output.note(NOT_TOLD);
    if (done.token !== undefined && output.isTerminal) output.note(`${done.mustJoin.map(issuedName).join(", ")} is worth nothing now; with this token its holder joins again:`);
    return { json: done, text: done.token ?? summary(done), quiet: done.token ?? done.mustJoin.map(({ id }) => id).join("\n") };
  },
});

function summary({ renewed, mustJoin }: { renewed: readonly Issued[]; mustJoin: readonly Issued[] }): string {
  const list = (issued: readonly Issued[]) => issued.map(({ name, id, kind }) => `${name ?? id.slice(0, 12)}${kind === "token" ? " (an unused token)" : ""}`).join(", ");
  return [
    renewed.length === 0 ? "nobody has a new credential yet" : `have their new credential: ${list(renewed)}`,
    mustJoin.length === 0 ? "nobody has to join again" : `have to join again, with a new token: ${list(mustJoin)}`,
  ].join("\n");
}
