import { NO_STATUS, parseStatuses, readNote, targetText } from "@fleetwire/shared/notify";
import { agoOf, renderTable } from "../../ui/index.ts";
import { defineCommand } from "../command.ts";
import { directoryOf, rulesOf } from "./rules.ts";

export default defineCommand({
  args: [],
  flags: {},
  examples: ["fleet notify ls", "fleet notify ls --json"],
  async run({ settings, output }) {
    const statuses = { user: parseStatuses(readNote(directoryOf(settings, "user"), "status.json")), node: parseStatuses(readNote(directoryOf(settings, "node"), "status.json")) };
    const rules = rulesOf(settings).map((rule) => ({ name: rule.name, by: rule.by, target: targetText(rule), ...rule.filter, ...(statuses[rule.by][rule.name] ?? NO_STATUS) }));
    const now = Date.now();
    const rows = rules.map(({ name, by, target, sent, waiting, lastSentAt, lastFailure }) => [name, by, target, String(sent), String(waiting), agoOf(lastSentAt ?? null, now), lastFailure === undefined ? "-" : `${agoOf(lastFailure.at, now)} ago: ${lastFailure.reason}`]);
    return {
      json: rules,
      text: renderTable([{ title: "NAME" }, { title: "BY" }, { title: "TARGET", flexible: true }, { title: "SENT", align: "right" }, { title: "WAITING", align: "right" }, { title: "LAST", align: "right" }, { title: "LAST FAILURE", flexible: true }], rows, output.width),
      quiet: rules.map(({ name }) => name).join("\n"),
    };
  },
});
