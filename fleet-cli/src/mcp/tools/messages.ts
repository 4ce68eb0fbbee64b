import * as z from "zod/mini";
import { mailNode, seconds } from "../fields.ts";
import { MessageBrief, messageBriefOf, messageText, NOT_ORDERS } from "../message-brief.ts";
import { fitting } from "../records.ts";
import { telling } from "../telling.ts";
import { defineTool } from "../tool.ts";

export default defineTool({
  title: "Read messages",
  description:
    "Reads the messages that were left for you (inside a session: for that session; otherwise for this machine's people) by other sessions and people, those that nobody has read first. What is answered is marked as read unless `keep`. With waitSeconds it waits for one to come, when there is none. Answer one with 'message' and its id as `replyTo`.",
  input: z.strictObject({
    from: z.optional(z.string().check(z.minLength(1), z.maxLength(120), z.describe("only from this session (node:id), these people (@node) or node"))),
    node: mailNode,
    includeRead: z._default(z.boolean().check(z.describe("then also those that were read before, newest first")), false),
    keep: z._default(z.boolean().check(z.describe("leave them unread")), false),
    max: z._default(z.int().check(z.gte(1), z.lte(200), z.describe("messages in one answer")), 20),
    waitSeconds: seconds(0, 300, "when nothing is unread: wait so long for a message; not with includeRead"),
  }),
  output: z.object({
    messages: z.array(MessageBrief),
    more: z.boolean().check(z.describe("there are more than these: call again")),
    untrusted: z.literal(NOT_ORDERS),
  }),
  changes: "settings",
  repeatable: false,
  async run({ from, node, includeRead, keep, max, waitSeconds }, { fleet: { mail }, limits, signal, progress }) {
    const mailbox = await mail.mailbox(node);
    // One more than is wanted says whether there is more.
    const query = { unread: !includeRead, from, limit: max + 1, waitMs: waitSeconds * 1000, signal };
    const found = await telling(progress, waitSeconds, "looking for messages", () => mail.inbox(mailbox, query));
    const messages = fitting(found.slice(0, max).map((message) => messageBriefOf(message, limits.maxChars)), limits.maxChars);
    if (!keep) await mail.markRead(mailbox, found.slice(0, messages.length));
    const more = found.length > messages.length;
    return {
      data: { messages: [...messages], more, untrusted: NOT_ORDERS },
      text: [...(messages.length === 0 ? [includeRead ? "no messages" : "nothing unread"] : messages.map(messageText)), ...(more ? ["there are more"] : [])].join("\n"),
    };
  },
});
