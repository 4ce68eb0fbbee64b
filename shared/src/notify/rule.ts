// Rules as they are carried out: checked, with their secrets read.
import { readFileSync, statSync } from "node:fs";
import type { EventFilter } from "../bus/index.ts";
import type { NotifyRule } from "../config/index.ts";
import { FleetError } from "../errors/index.ts";

export type Target =
  | { readonly kind: "desktop" }
  | { readonly kind: "webhook"; readonly url: URL; readonly secret?: Buffer; readonly ca?: string }
  | { readonly kind: "command"; readonly argv: readonly [string, ...string[]] };

export interface Rule {
  readonly name: string;
  readonly by: "user" | "node";
  readonly filter: EventFilter;
  readonly target: Target;
  readonly timeoutMs: number;
  readonly atOnce: number;
  readonly perMinute: number;
}

/** How often, and how many at once, unless the rule says. */
const DEFAULTS = { desktop: { perMinute: 6, atOnce: 1 }, webhook: { perMinute: 60, atOnce: 4 }, command: { perMinute: 60, atOnce: 2 } } as const;

/** @param path makes a path of the file absolute. @throws FleetError `bad-config` naming the rule, `unsafe-permissions` */
export function readRules(rules: readonly NotifyRule[], path: (text: string) => string): Rule[] {
  const twice = rules.find(({ name }, at) => rules.findIndex((other) => other.name === name) !== at);
  if (twice !== undefined) throw wrong(twice.name, "this name is used twice");
  return rules.map((rule) => {
    const { name, by = "user", kinds, states, nodes, tags, timeout = 10 } = rule;
    const target = targetOf(rule, path);
    const usual = DEFAULTS[target.kind];
    return { name, by, filter: { kinds, states, nodes, tags }, target, timeoutMs: timeout * 1_000, atOnce: rule.at_once ?? usual.atOnce, perMinute: rule.per_minute ?? usual.perMinute };
  });
}

function targetOf({ name, desktop, webhook, command, secret_file: secretFile, ca_file: caFile }: NotifyRule, path: (text: string) => string): Target {
  if ([desktop, webhook, command].filter((target) => target !== undefined).length !== 1) throw wrong(name, "one of desktop, webhook and command says how it is told");
  if (webhook === undefined && (secretFile ?? caFile) !== undefined) throw wrong(name, "secret_file and ca_file are for a webhook");
  if (command !== undefined) return { kind: "command", argv: command as [string, ...string[]] };
  if (webhook === undefined) return { kind: "desktop" };
  return { kind: "webhook", url: webhookUrl(name, webhook), ...(secretFile === undefined ? {} : { secret: readSecret(name, path(secretFile)) }), ...(caFile === undefined ? {} : { ca: readText(name, path(caFile)).toString("utf8") }) };
}

/** What is told of sessions is not for everybody on the way. */
function webhookUrl(name: string, text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined) throw wrong(name, "the webhook is not a URL");
  const isLoopback = ["localhost", "127.0.0.1", "[::1]"].includes(url.hostname);
  if (url.protocol !== "https:" && !(url.protocol === "http:" && isLoopback)) throw wrong(name, "a webhook has an https:// address; plain http:// is for loopback addresses only");
  if (url.username !== "" || url.password !== "") throw wrong(name, "a webhook's address has no user and password in it: use secret_file");
  return url;
}

function readSecret(name: string, file: string): Buffer {
  const text = readText(name, file);
  if ((statSync(file).mode & 0o077) !== 0) throw new FleetError("unsafe-permissions", `${file} is open to other users`, { hint: `chmod 600 ${file}` });
  const secret = Buffer.from(text.toString("utf8").trim());
  if (secret.length < 16) throw wrong(name, `${file} has a secret of less than 16 characters`);
  return secret;
}

function readText(name: string, file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw wrong(name, `${file} can't be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}

const wrong = (name: string, what: string) => new FleetError("bad-config", `[[notify]] ${name}: ${what}`);

/** For listings and logs: the path of a webhook is often its secret. */
export function targetText({ target }: Rule): string {
  if (target.kind === "webhook") return `webhook ${target.url.origin}/…`;
  return target.kind === "command" ? `command ${target.argv[0]}` : "desktop";
}
