// A message for people. All of it is somebody else's text: nothing in it acts on the terminal.
import type { MessageRecord } from "@fleetwire/shared/bus";
import { neutral } from "../../text/index.ts";
import { agoOf } from "../../ui/index.ts";

/** One line about it, then its text, indented. */
export function messageText({ id, kind, from, subject, text, replyTo, wantsReply, readAt, receivedAt }: MessageRecord, now: number): string {
  const name = from.session?.name ?? undefined;
  const role = from.role === undefined ? undefined : `(${from.role ?? "no role"})`;
  const marks = [readAt === null ? "unread" : undefined, wantsReply ? "wants a reply" : undefined, replyTo === null ? undefined : `re ${replyTo}`].filter((mark) => mark !== undefined);
  const head = [id, kind === "notice" ? `node ${from.address}` : from.address, name, role, `${agoOf(receivedAt, now)} ago`, marks.length === 0 ? undefined : `[${marks.join(", ")}]`, subject ?? undefined];
  return [neutral(head.filter((part) => part !== undefined).join("  ")), ...plainLines(text).map((line) => `  ${line}`)].join("\n");
}

/** As lines, tabs as spaces; what a terminal would act upon is spelt out. */
export function plainLines(text: string): string[] {
  return text.replace(/\r?\n$/, "").split(/\r?\n/).map((line) => neutral(line.replaceAll("\t", "    ")));
}
