export { createNotifier, type Notifier } from "./notifier.ts";
export { type Sent } from "./delivery.ts";
export { readNote } from "./outbox.ts";
export { readRules, targetText, type Rule } from "./rule.ts";
export { sendRule } from "./send.ts";
export { NO_STATUS, parseStatuses } from "./status.ts";
