import { renderTable } from "../../ui/index.ts";
import { defineCommand } from "../command.ts";
import { failed, type Check, type Finding } from "./checks.ts";
import { credential } from "./credential.ts";
import { agent, clock, link, logs, reach } from "./fleet.ts";
import { agentProgram, configuration, directories, nodeVersion, programs, secrets } from "./machine.ts";

const CHECKS: readonly Check[] = [nodeVersion, directories, secrets, configuration, agentProgram, programs, agent, logs, link, reach, credential, clock];

export default defineCommand({
  args: [],
  flags: {},
  examples: ["fleet doctor", "fleet doctor --json"],
  notes: "Starts nothing and changes nothing. The exit code is 1 when something fails.",
  async run(invocation) {
    let status;
    const broken: Finding[] = [];
    try {
      status = await invocation.client.peek();
    } catch (error) {
      broken.push(failed("agent", error));
    }
    const examined = { ...invocation, status };
    const found = (await Promise.all(CHECKS.map(async (check) => check(examined)))).flat();
    const findings = [...found, ...broken];
    const problems = findings.filter(({ state }) => state !== "ok");
    const rows = findings.map(({ check, state, detail }) => [state, check, detail]);
    const table = renderTable([{ title: "" }, { title: "CHECK" }, { title: "FINDING" }], rows).split("\n").slice(1).join("\n");
    const next = problems.map(({ check, next: step }) => `${check}: ${step ?? ""}`);
    return {
      json: findings,
      text: next.length === 0 ? table : `${table}\n\nnext steps\n${next.map((line) => `  ${line}`).join("\n")}`,
      quiet: problems.map(({ check, state }) => `${state} ${check}`).join("\n"),
      exit: findings.some(({ state }) => state === "fail") ? 1 : 0,
    };
  },
});
