// The rules of known agents, ready to use: found by the program in front, read against what it shows.
import { patternOf, type AgentRules, type ScreenRule, type TextRule } from "@fleetwire/shared/control";
import type { Front } from "../processes/foreground.ts";
import type { Finding } from "./known.ts";

const LINES = 12;

interface Screen extends Omit<ScreenRule, "match" | "unless"> {
  readonly match: readonly RegExp[];
  readonly unless: readonly RegExp[];
}
interface Text extends Omit<TextRule, "match"> {
  readonly match: RegExp;
}
interface Agent {
  readonly program: ReadonlySet<string>;
  readonly except: ReadonlySet<string>;
  readonly screen: readonly Screen[];
  readonly title: readonly Text[];
  readonly notification: readonly Text[];
  readonly prompt: readonly Text[];
}

const ANY = "*";
const textOf = ({ match, ...rule }: TextRule): Text => ({ ...rule, match: patternOf(match) });

export class RuleBook {
  #agents: readonly Agent[] = [];

  /** @param agents with patterns that are known to be good; those for any program come last */
  set(agents: readonly AgentRules[]): void {
    const read = agents.map(({ program, except = [], screen = [], title = [], notification = [], prompt = [] }): Agent => ({
      program: new Set(program),
      except: new Set(except),
      screen: screen.map((rule) => ({ ...rule, match: rule.match.map(patternOf), unless: (rule.unless ?? []).map(patternOf) })),
      title: title.map(textOf),
      notification: notification.map(textOf),
      prompt: prompt.map(textOf),
    }));
    this.#agents = [...read.filter(({ program }) => !program.has(ANY)), ...read.filter(({ program }) => program.has(ANY))];
  }

  hasScreenRules(front: Front): boolean {
    return this.#of(front).some(({ screen }) => screen.length > 0);
  }

  /** @param text the screen, a line a row. @returns what the first rule that fits says */
  onScreen(front: Front, text: string): Extract<Finding, { kind: "rule" }> | undefined {
    const rows = text.split("\n").filter((row) => row.trim() !== "");
    for (const { screen } of this.#of(front)) {
      for (const { name, match, unless, lines = LINES, state, reason } of screen) {
        const part = rows.slice(-lines).join("\n");
        if (match.every((pattern) => pattern.test(part)) && !unless.some((pattern) => pattern.test(part))) return { kind: "rule", rule: name, state, reason };
      }
    }
    return undefined;
  }

  said(kind: "title" | "notification" | "prompt", front: Front, text: string): Pick<TextRule, "state" | "reason"> | undefined {
    for (const agent of this.#of(front)) {
      const found = agent[kind].find(({ match }) => match.test(text));
      if (found !== undefined) return found;
    }
    return undefined;
  }

  #of({ names }: Front): Agent[] {
    return this.#agents.filter(({ program, except }) => (program.has(ANY) || names.some((name) => program.has(name))) && !names.some((name) => except.has(name)));
  }
}
