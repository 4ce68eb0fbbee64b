// The rules in force: those of this release, one's own over them, read again when a file has changed.
import type { AgentRules } from "@fleetwire/shared/control";
import { BUILTIN } from "./builtin.ts";
import { readOwnRules, stateOfRules } from "./read-rules.ts";

const LOOK_MS = 2_000;

export interface AgentRulesDeps {
  /** `agents` in the configuration directory. */
  readonly directory: string;
  /** Called at once, and whenever they are others. */
  readonly onRules: (agents: readonly AgentRules[]) => void;
  /** What can't be used; undefined when all can. */
  readonly onFault: (text: string | undefined) => void;
}

export function watchAgentRules({ directory, onRules, onFault }: AgentRulesDeps): Disposable {
  let state: string | undefined;
  function look(): void {
    const now = stateOfRules(directory);
    if (now === state) return;
    state = now;
    const { agents, faults } = readOwnRules(directory);
    const own = new Set(agents.map(({ agent }) => agent));
    onFault(faults.length === 0 ? undefined : `rules for agents are left out: ${faults.join("; ")}`);
    onRules([...agents, ...BUILTIN.filter(({ agent }) => !own.has(agent))]);
  }
  look();
  const timer = setInterval(look, LOOK_MS).unref();
  return { [Symbol.dispose]: () => clearInterval(timer) };
}
