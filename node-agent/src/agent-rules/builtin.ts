// The rules that come with this release; a file of the same name among one's own replaces one of them.
import type { AgentRules } from "@fleetwire/shared/control";
import any from "./builtin/any.json" with { type: "json" };
import claude from "./builtin/claude.json" with { type: "json" };
import codex from "./builtin/codex.json" with { type: "json" };
import gemini from "./builtin/gemini.json" with { type: "json" };
import menus from "./builtin/menus.json" with { type: "json" };
import opencode from "./builtin/opencode.json" with { type: "json" };
import resting from "./builtin/resting.json" with { type: "json" };

/** Data, checked by a test. */
export const BUILTIN = [claude, codex, gemini, opencode, resting, menus, any] as readonly AgentRules[];
