import { auditList, fleetAudit } from "@fleetwire/shared/bus";
import { FleetError } from "@fleetwire/shared/errors";
import { NodeName } from "@fleetwire/shared/ids";
import { renderTable } from "../../ui/index.ts";
import { defineCommand, type Context } from "../command.ts";
import { checked, text, toggle, value, values, whole } from "../flags.ts";
import { moment } from "../log-start.ts";
import { AUDIT_COLUMNS, auditRow, type SourcedEntry } from "./audit-text.ts";
import { verify } from "./verify.ts";

/** The hub's own records stand beside those of the nodes. */
const OWN = ["hub", "registry"];

export default defineCommand({
  args: [{ name: "ACTION", help: "verify: check that nothing was changed, removed or added", required: false, offers: ["verify"] }],
  flags: {
    "node": values("NODE", "of this node (or 'hub', 'registry')", (given, flag) => (OWN.includes(given) ? given : checked(NodeName)(given, flag)), { offers: "nodes" }),
    "caller": value("WHO", "asked by this key, credential, token, 'socket' or 'session:3'", text),
    "verb": value("VERB", "only this verb, e.g. session-launch", text),
    "session": value("ID", "about this session of a node", text),
    "since": value("T", "from then on: 10m, 2h, or a time", moment),
    "refused": toggle("only what was turned away"),
    "limit": value("N", "at most so many, the newest (default 50)", whole(1, 1_000)),
  },
  examples: ["fleet audit", "fleet audit --node gpu-box --since 2h", "fleet audit --refused --json", "fleet audit verify"],
  notes: "For the role admin. In a fleet it is read from the hub's copies, also of nodes that are gone; otherwise from the node.\n'verify' exits with 1 when a record is not what was written.",
  async run(invocation) {
    const { client, output, flags, args: [action] } = invocation;
    if (action === "verify") return verify(invocation, flags.node);
    if (action !== undefined) throw new FleetError("usage", `'fleet audit ${action}' is not known`, { hint: "fleet audit, or fleet audit verify" });
    const { caller, verb, session, since, limit = 50 } = flags;
    const filter = { caller, verb, session, since, ...(flags.refused ? { refused: true } : {}) };
    const answer = await client.registry(fleetAudit, { filter, limit, ...(flags.node.length > 0 ? { sources: [...flags.node] } : {}) });
    const entries: SourcedEntry[] = answer?.entries ?? (await fromNodes(invocation, flags.node, { filter, limit }));
    for (const { name, alarms } of answer?.sources ?? []) if (alarms.length > 0) output.note(`${name}: ${alarms.at(-1)?.code}; 'fleet audit verify --node ${name}' says more`);
    return { json: entries, text: entries.length === 0 ? "nothing on record" : renderTable(AUDIT_COLUMNS, entries.map(auditRow), output.width), quiet: entries.map(({ source, seq }) => `${source}/${seq}`).join("\n") };
  },
});

/** Without a registry: of each node that is named, or of this machine's. */
async function fromNodes({ client }: Context, names: readonly string[], { filter, limit }: { filter: object; limit: number }): Promise<SourcedEntry[]> {
  const places = names.length === 0 ? [undefined] : await Promise.all(names.map((name) => client.node(checked(NodeName)(name, "--node"))));
  const lists = await Promise.all(places.map(async (place, at) => {
    const source = names[at] ?? (await client.nodes()).nodes[0]?.name ?? "";
    return (await client.call(auditList, { filter, limit: Math.min(limit, 200) }, place)).entries.map((entry) => ({ source, ...entry }));
  }));
  return lists.flat().toSorted((a, b) => (a.at < b.at ? -1 : 1)).slice(-limit);
}
