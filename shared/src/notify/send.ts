import { failed, type Delivery, type Sent } from "./delivery.ts";
import type { Rule } from "./rule.ts";
import { sendCommand } from "./send-command.ts";
import { sendDesktop } from "./send-desktop.ts";
import { sendWebhook } from "./send-webhook.ts";

export interface SendTools {
  readonly env: Readonly<Record<string, string>>;
  readonly platform: NodeJS.Platform;
  readonly signal: AbortSignal;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** One attempt, as the rule says. Never throws */
export async function sendRule(rule: Rule, delivery: Delivery, { env, platform, signal, now }: SendTools): Promise<Sent> {
  const { target, timeoutMs } = rule;
  try {
    if (target.kind === "webhook") return await sendWebhook(rule, target, delivery, signal, now);
    if (target.kind === "command") return await sendCommand(target.argv, timeoutMs, delivery, { env, signal });
    return await sendDesktop(platform, timeoutMs, delivery, { env, signal });
  } catch (error) {
    return failed(error instanceof Error ? error.message : String(error));
  }
}
