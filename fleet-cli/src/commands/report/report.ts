import { existsSync } from "node:fs";
import { ACTIVITY_STATES, BLOCK_REASONS } from "@fleetwire/shared/domain";
import { FleetError } from "@fleetwire/shared/errors";
import { parseTarget } from "@fleetwire/shared/ids";
import { reportState, type StateReport } from "../../client/index.ts";
import { defineCommand, type Context, type Outcome } from "../command.ts";
import { oneOf, text, value } from "../flags.ts";
import { AGENTS } from "./agents.ts";
import { meaningOf } from "./hook-event.ts";
import { readHookInput } from "./hook-input.ts";

const HOOK_MS = 3_000;
const HOOKED = Object.values(AGENTS).filter(({ rules }) => rules.length > 0).map(({ agent }) => agent);

export default defineCommand({
  args: [{ name: "STATE", help: ACTIVITY_STATES.join(", "), required: true, unless: ["hook"], offers: ACTIVITY_STATES }],
  flags: {
    "reason": value("WHY", `${BLOCK_REASONS.join(", ")}, or a text`, text, { offers: BLOCK_REASONS }),
    "message": value("TEXT", "what to say with it", text),
    "session": value("TARGET", "of this session; inside a session it is that one, and no other can be named", (given) => (parseTarget(given), given), { offers: "running" }),
    "hook": value("AGENT", `as a hook of ${HOOKED.join(", ")}: reads its event from stdin; silent, and never fails`, oneOf(...HOOKED), { offers: HOOKED }),
  },
  examples: ["fleet report working", "fleet report blocked --reason permission --message 'may I push?'", "fleet report done --session gpu-box:3", "fleet report --hook claude < event.json"],
  notes: "A report stands until the next one, or until it is proved wrong: docs/agents.md. 'fleet hooks AGENT' prints the settings\nthat make an agent report by itself.",
  async run(invocation) {
    const { flags, args: [word], process } = invocation;
    // When it was so, and not when the node hears of it: the later of two reports counts, in whatever order they arrive.
    const seq = Math.round(performance.timeOrigin * 1000);
    if (flags.hook === undefined) return sayState(invocation, { state: oneOf(...ACTIVITY_STATES)(word ?? "", "STATE"), reason: flags.reason, message: flags.message, seq }, flags.session);
    const said = meaningOf(AGENTS[flags.hook] as (typeof AGENTS)[string], await readHookInput(word, process.stdin));
    // An agent outside a session has nobody to tell, and a node that was stopped is not started for this.
    const { sessionSocket } = invocation.settings;
    if (said === undefined || sessionSocket === undefined || !existsSync(sessionSocket)) return {};
    return sayState(invocation, { ...said, seq }, undefined, AbortSignal.timeout(HOOK_MS));
  },
});

async function sayState({ client, settings }: Context, report: StateReport, target: string | undefined, signal?: AbortSignal): Promise<Outcome> {
  const isInside = settings.sessionSocket !== undefined;
  const own = settings.session === undefined ? undefined : parseTarget(settings.session).session;
  if (target === undefined && !isInside) throw new FleetError("usage", "outside a session --session TARGET says whose report it is");
  const about = target === undefined ? undefined : await client.resolve(target);
  if (isInside && about !== undefined && about.place.kind !== "local") throw new FleetError("denied", "a program in a session reports for that session only");
  const answer = await reportState(client, about ?? { place: { kind: "local" }, session: own }, { ...report, ...(about === undefined ? { epoch: settings.sessionEpoch } : {}) }, { signal });
  const { activity, taken, target: of } = answer;
  return { json: answer, text: taken ? `${of} ${activity.state}${activity.reason === undefined ? "" : `: ${activity.reason}`}` : `${of}: a later report stands: ${activity.state}`, quiet: of };
}
