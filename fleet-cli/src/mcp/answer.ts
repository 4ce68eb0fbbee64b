// What a call answers: data and text, or an error as data. Neither holds more than the limit, nor a control character.
import type { ErrorCode, FleetError } from "@fleetwire/shared/errors";
import type { CallToolResult } from "./sdk.ts";
import type { ToolAnswer } from "./tool.ts";
import { harmless, plain } from "./untrusted.ts";

/** Hints of the error table name commands; a model has tools. */
const HINTS: Partial<Record<ErrorCode, string>> = {
  "usage": "see the tool's input schema",
  "bad-input": "see the tool's input schema",
  "bad-target": "a target is node:id or node:name as the tool 'sessions' lists it",
  "unknown-session": "the tool 'sessions' lists the sessions",
  "unknown-node": "the tool 'nodes' lists the nodes",
  "ambiguous-session": "say which with node:name or node:id",
  "not-running": "the tool 'status' shows how it ended, 'output' what it printed; 'restart' runs it again",
  "still-running": "end it first with the tool 'kill'",
  "no-fitting-node": "the tool 'nodes' shows the labels, the load and the free GPUs of each",
  "no-free-gpu": "the tool 'nodes' shows who has free GPUs; try again later, or ask for fewer",
  "node-unreachable": "the tool 'nodes' shows when it was last heard; its sessions go on",
  "timeout": "ask again",
  "not-ready": "look with 'screen' at what it asks or does; 'wait' says when that changes",
  "screen-changed": "look with 'screen' again, and decide anew",
  "needs-flag": "say `node`: answers to what you sent to a session are on its node",
  "unknown-message": "the tool 'messages' lists them; read ones with includeRead",
  "outcome-unknown": "it may have happened: look with the tools 'status' or 'sessions' before you repeat it",
  "command-not-found": "check the spelling; the command is found by the node's PATH, or give its absolute path",
  "no-such-directory": "dir must be a directory that exists on that node",
};

export function success({ data, text }: ToolAnswer<object>, maxChars: number): CallToolResult {
  return { content: [{ type: "text", text: cut(plain(text), maxChars) }], structuredContent: harmless(data) as Record<string, unknown> };
}

export function failure(error: FleetError): CallToolResult {
  const { code, message, retryable } = error;
  const hint = HINTS[code] ?? error.hint;
  return {
    isError: true,
    content: [{ type: "text", text: plain(`${code}: ${message}\nhint: ${hint}${retryable ? "\nthe same call may succeed later" : ""}`) }],
    structuredContent: { error: harmless({ code, message, hint, retryable }) },
  };
}

/** Room for what stands around a text that was cut to the limit before. */
const FRAME = 500;

function cut(text: string, maxChars: number): string {
  if (text.length <= maxChars + FRAME) return text;
  const dropped = text.length - maxChars;
  return `${text.slice(0, maxChars)}\n[${dropped} characters more; ask for less at a time]`;
}
