// What an event of an agent's hooks means, by its table.
import type { InputOf, sessionReport } from "@fleetwire/shared/bus";
import type { AgentHooks } from "./agents.ts";

type Said = Pick<InputOf<typeof sessionReport>, "state" | "reason" | "message" | "soft">;

const LONGEST_MESSAGE = 500;

/** @param event what the agent said, as parsed JSON. @returns undefined when it says nothing about what the agent does */
export function meaningOf({ event: names, rules }: AgentHooks, event: unknown): Said | undefined {
  const name = names.split("|").map((path) => at(event, path)).find((found) => typeof found === "string");
  const rule = rules.find((one) => one.event === name && Object.entries(one.when ?? {}).every(([path, pattern]) => new RegExp(pattern, "u").test(textAt(event, path) ?? "")));
  if (rule?.state === undefined) return undefined;
  const message = rule.message === undefined ? undefined : textAt(event, rule.message)?.slice(0, LONGEST_MESSAGE);
  return { state: rule.state, ...(rule.reason === undefined ? {} : { reason: rule.reason }), ...(message === undefined ? {} : { message }), ...(rule.soft === undefined ? {} : { soft: rule.soft }) };
}

function textAt(value: unknown, path: string): string | undefined {
  const found = at(value, path);
  return typeof found === "string" ? found : undefined;
}

/** `tool_input.questions.0.question`. */
function at(value: unknown, path: string): unknown {
  return path.split(".").reduce<unknown>((found, key) => (typeof found === "object" && found !== null && Object.hasOwn(found, key) ? (found as Record<string, unknown>)[key] : undefined), value);
}
