// `fleet audit verify`: the lines themselves are fetched and checked here, from the nodes and from the hub, and against each
// other. Nobody is asked whether the record is whole.
import { createVerifier, isProblem, type AuditHead, type AuditProblem } from "@fleetwire/shared/audit";
import { auditChain, fleetAudit, fleetAuditCopy, type AuditSource } from "@fleetwire/shared/bus";
import { FleetError } from "@fleetwire/shared/errors";
import { NodeName } from "@fleetwire/shared/ids";
import type { Place } from "../../client/index.ts";
import { renderTable } from "../../ui/index.ts";
import type { Context, Outcome } from "../command.ts";
import { checked } from "../flags.ts";

interface Checked {
  readonly source: string;
  readonly at: "node" | "hub";
  readonly records: number;
  /** Up to which record a signature holds. */
  readonly sealed: number;
  readonly problem: { readonly seq: number; readonly what: string; readonly detail: string } | null;
  /** Why it could not be looked at. */
  readonly skipped?: string;
}

interface Page {
  readonly lines: readonly string[];
  readonly more: boolean;
  readonly signed?: AuditHead | null;
}

export async function verify({ client, output }: Context, names: readonly string[]): Promise<Outcome> {
  const sources = (await client.registry(fleetAudit, { limit: 0 }))?.sources ?? [];
  const results = (await Promise.all((await placesOf(client, names, sources)).map((one) => checkOne(client, one)))).flat();
  const bad = results.filter(({ problem }) => problem !== null);
  const rows = results.map(({ source, at, records, sealed, problem, skipped }) => [source, at, skipped ?? String(records), skipped === undefined ? String(sealed) : "", problem === null ? (skipped === undefined ? "whole" : "not checked") : `${problem.what} at record ${problem.seq}: ${problem.detail}`]);
  return {
    json: results,
    text: renderTable([{ title: "RECORD" }, { title: "KEPT BY" }, { title: "RECORDS", align: "right" }, { title: "SIGNED TO", align: "right" }, { title: "FOUND", flexible: true }], rows, output.width),
    quiet: bad.map(({ source, problem }) => `${source} ${problem?.seq ?? ""}`).join("\n"),
    exit: bad.length > 0 ? 1 : 0,
  };
}

interface Subject {
  readonly name: string;
  readonly place?: Place;
  readonly source?: AuditSource;
}

async function placesOf(client: Context["client"], names: readonly string[], sources: readonly AuditSource[]): Promise<Subject[]> {
  const known = (await client.nodes()).nodes;
  const all = names.length > 0 ? names : [...new Set([...known.map(({ name }) => name as string), ...sources.map(({ name }) => name)])];
  return Promise.all(all.map(async (name) => {
    const source = sources.find((one) => one.name === name);
    const alive = known.find((one) => one.name === name)?.state === "live";
    if (!alive && source === undefined) throw new FleetError("unknown-node", `there is no audit record of '${name}'`);
    return { name, ...(source === undefined ? {} : { source }), ...(alive ? { place: await client.node(checked(NodeName)(name, "--node")) } : {}) };
  }));
}

async function checkOne(client: Context["client"], { name, place, source }: Subject): Promise<Checked[]> {
  const key = source?.key ?? (place?.kind === "fleet" ? place.node.key : (await client.nodes()).nodes.find((node) => node.name === name)?.key);
  const checks: Promise<Checked>[] = [];
  if (place !== undefined) checks.push(checkChain({ source: name, at: "node" }, key ?? "", (after) => client.call(auditChain, { after }, place), source?.head ?? undefined));
  if (source !== undefined) checks.push(checkChain({ source: name, at: "hub" }, source.key, async (after) => copyPage(client, name, after), undefined, source.alarms.at(-1)));
  return Promise.all(checks);
}

async function copyPage(client: Context["client"], source: string, after: number): Promise<Page> {
  const page = await client.registry(fleetAuditCopy, { source, after });
  if (page === undefined) throw new FleetError("not-supported", "this fleet has no registry");
  return page;
}

/** @param other a head that somebody else holds: it must be among the records, with the same hash */
async function checkChain(which: Pick<Checked, "source" | "at">, key: string, ask: (after: number) => Promise<Page>, other?: AuditHead, alarm?: AuditSource["alarms"][number]): Promise<Checked> {
  const verifier = createVerifier(key);
  let signed: AuditHead | null | undefined;
  let problem: AuditProblem | undefined;
  const done = (found: AuditProblem | undefined): Checked => ({ ...which, records: verifier.count(), sealed: verifier.sealed(), problem: found ?? (alarm === undefined ? null : { seq: alarm.seq, what: alarm.code, detail: alarm.detail }) });
  try {
    for (let more = true; more && problem === undefined; ) {
      const page = await ask(verifier.head().seq);
      signed ??= page.signed;
      problem = take(verifier, page.lines, other);
      more = page.more && page.lines.length > 0;
    }
  } catch (error) {
    const { code, message } = FleetError.from(error);
    if (code === "internal") throw error;
    return { ...done(undefined), skipped: message };
  }
  return done(problem ?? verifier.end(signed ?? undefined) ?? against(verifier.head(), other));
}

function take(verifier: ReturnType<typeof createVerifier>, lines: readonly string[], other: AuditHead | undefined): AuditProblem | undefined {
  for (const line of lines) {
    const taken = verifier.take(line);
    if (isProblem(taken)) return taken;
    const { seq, chain } = verifier.head();
    if (other?.chain === chain && other.seq === seq && other.hash !== taken.read.hash) return { seq, what: "forked", detail: "the hub has another record under this number" };
  }
  return undefined;
}

/** After the last line: did it reach what the hub has? */
function against(head: AuditHead, other: AuditHead | undefined): AuditProblem | undefined {
  if (other === undefined) return undefined;
  if (other.chain !== head.chain) return { seq: head.seq, what: "forked", detail: "the hub has another record of this node" };
  return head.seq < other.seq ? { seq: head.seq + 1, what: "end-missing", detail: `it ends at ${head.seq}, and the hub has ${other.seq}` } : undefined;
}
