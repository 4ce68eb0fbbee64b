// A delivery as one bubble on the desktop, through the program that the system has for it. Its words are arguments, never code.
import { eventText } from "../bus/index.ts";
import type { Delivery, Sent } from "./delivery.ts";
import { runProgram, type CommandTools } from "./send-command.ts";

const LINES = 5;
const LINE = 160;

export function sendDesktop(platform: NodeJS.Platform, timeoutMs: number, delivery: Delivery, tools: CommandTools): Promise<Sent> {
  return runProgram(platform === "darwin" ? osascript(delivery) : notifySend(delivery), timeoutMs, { ...tools, input: "" });
}

function notifySend(delivery: Delivery): [string, ...string[]] {
  const { title, body } = wordsOf(delivery);
  // Many desktops read the body as markup.
  return ["notify-send", "--app-name=fleet", "--", title, body.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;")];
}

function osascript(delivery: Delivery): [string, ...string[]] {
  const { title, body } = wordsOf(delivery);
  return ["osascript", "-e", "on run argv", "-e", "display notification (item 2 of argv) with title (item 1 of argv)", "-e", "end run", title, body];
}

function wordsOf({ rule, count, events }: Delivery): { readonly title: string; readonly body: string } {
  const lines = events.slice(-LINES).map((event) => harmless(`${event.kind}  ${eventText(event)}`));
  const more = count - lines.length;
  return { title: `fleet: ${rule}${count > 1 ? ` (${count})` : ""}`, body: [...(more > 0 ? [`${more} more`] : []), ...lines].join("\n") };
}

// eslint-disable-next-line no-control-regex -- control characters are what is being removed
const harmless = (text: string): string => text.replace(/[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g, " ").slice(0, LINE);
