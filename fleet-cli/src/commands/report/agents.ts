// What is known of each agent's hooks: which settings make it report, and what its events mean. Data: one file an agent.
import * as z from "zod/mini";
import { ActivityState } from "@fleetwire/shared/domain";
import bash from "./agents/bash.json" with { type: "json" };
import claude from "./agents/claude.json" with { type: "json" };
import codex from "./agents/codex.json" with { type: "json" };
import gemini from "./agents/gemini.json" with { type: "json" };
import opencode from "./agents/opencode.json" with { type: "json" };
import zsh from "./agents/zsh.json" with { type: "json" };

/** The first rule counts whose event it is and whose fields match. `when`: patterns by path. Without a state the event says nothing. */
const HookRule = z.strictObject({
  event: z.string(),
  when: z.optional(z.record(z.string(), z.string())),
  state: z.optional(ActivityState),
  reason: z.optional(z.string()),
  /** Path of a text that goes with it. */
  message: z.optional(z.string()),
  soft: z.optional(z.boolean()),
});

export const AgentHooks = z.strictObject({
  agent: z.string(),
  name: z.string(),
  /** Where the settings go. */
  file: z.string(),
  /** Path of the event's name in what the agent says; several with `|`. */
  event: z.string(),
  notes: z.optional(z.string()),
  rules: z.array(HookRule),
  /** To be merged into the file; or `text`, the lines to add. */
  settings: z.optional(z.record(z.string(), z.unknown())),
  text: z.optional(z.array(z.string())),
});
export type AgentHooks = z.infer<typeof AgentHooks>;

/** Checked by a test, not at every start. */
export const AGENTS: Readonly<Record<string, AgentHooks>> = { claude, codex, gemini, opencode, bash, zsh } as Readonly<Record<string, AgentHooks>>;
