import type { EventRecord } from "@fleetwire/shared/bus";
import { NodeName, PublicKey } from "@fleetwire/shared/ids";
import { sendRule, targetText } from "@fleetwire/shared/notify";
import { newOperationId } from "../../client/index.ts";
import { defineCommand } from "../command.ts";
import { ruleNamed } from "./rules.ts";

export default defineCommand({
  args: [{ name: "RULE", help: "name of a [[notify]] rule", required: true }],
  flags: {},
  examples: ["fleet notify test pager"],
  notes: "Once, at once, whatever the rule's filters and limits are.",
  async run({ settings, client, args: [name = ""] }) {
    const rule = ruleNamed(settings, name);
    const here = (await client.peek())?.node;
    const event: EventRecord = { kind: "test", node: here?.name ?? NodeName.parse("nobody"), key: here?.key ?? PublicKey.parse(`U${"A".repeat(55)}`), at: new Date().toISOString(), reason: `a test of the rule '${name}'` };
    const now = Date.now();
    const delivery = { id: newOperationId(), rule: name, createdAt: now, attempts: 0, nextAt: now, count: 1, events: [event] };
    const sent = await sendRule(rule, delivery, { env: settings.callerEnv(), platform: process.platform, signal: new AbortController().signal, now });
    return { json: { rule: name, id: delivery.id, ...sent }, text: sent.ok ? `${name}: told (${targetText(rule)})` : `${name}: not told (${targetText(rule)}): ${sent.reason}`, exit: sent.ok ? 0 : 1 };
  },
});
