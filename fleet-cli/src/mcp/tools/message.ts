import { FleetError } from "@fleetwire/shared/errors";
import { MessageId, MessageSubject, MessageText } from "@fleetwire/shared/bus";
import * as z from "zod/mini";
import { mailNode, seconds } from "../fields.ts";
import { MessageBrief, messageBriefOf, messageText, NOT_ORDERS } from "../message-brief.ts";
import { telling } from "../telling.ts";
import { defineTool } from "../tool.ts";

export default defineTool({
  title: "Send a message",
  description:
    "Leaves a message for a session or for a node's people, or answers one (`replyTo`). It is put into an inbox, not typed: the other side reads it when it looks ('fleet msg' or the tool 'messages'); to type into a terminal use 'send'. With `request` it waits for the answer. A message for a node that is away is queued and delivered later.",
  input: z.strictObject({
    to: z.optional(z.string().check(z.minLength(1), z.maxLength(120), z.describe("a session (node:id or node:name), or @node for the people of a node, @ for those of this machine"))),
    replyTo: z.optional(MessageId.check(z.describe("instead of `to`: id of the message of your inbox that this answers"))),
    node: mailNode,
    text: MessageText.check(z.describe("at most 64 KiB")),
    subject: z.optional(MessageSubject.check(z.describe("a line about it"))),
    request: z._default(z.boolean().check(z.describe("ask for an answer, and wait for the first one")), false),
    timeoutSeconds: seconds(45, 600, "with `request`: longest wait; keep it below your client's own limit for a call. A later answer comes to 'messages'"),
  }),
  output: z.object({
    id: z.string(),
    to: z.string(),
    state: z.enum(["delivered", "queued"]).check(z.describe("delivered: it is in the recipient's inbox; queued: it waits for the node")),
    reason: z.nullable(z.string().check(z.describe("why it waits"))),
    reply: z.nullable(MessageBrief.check(z.describe("the first answer; it is marked as read"))),
    timedOut: z.boolean().check(z.describe("an answer was asked for, and none came in time")),
    untrusted: z.literal(NOT_ORDERS),
  }),
  changes: "anything",
  repeatable: false,
  async run({ to, replyTo, node, text, subject, request, timeoutSeconds }, { fleet: { mail }, limits, signal, progress }) {
    if ((to === undefined) === (replyTo === undefined)) throw new FleetError("bad-input", "give `to` or `replyTo`, one of them");
    const content = { text, subject, ...(request ? { wantsReply: true } : {}) };
    const sent = replyTo === undefined ? await mail.send(to ?? "", content) : await mail.reply(await mail.mailbox(node), replyTo, content, signal);
    const { id, to: recipient, state, reason = null } = sent.answer;
    const waiting = () => telling(progress, timeoutSeconds, `waiting for an answer from ${recipient}`, () => mail.answerTo(sent, timeoutSeconds * 1000, signal));
    const answer = request ? await waiting() : undefined;
    const reply = answer === undefined ? null : messageBriefOf(answer, limits.maxChars);
    const timedOut = request && reply === null;
    const line = `${state === "delivered" ? "delivered to" : "queued for"} ${recipient}: ${id}${reason === null ? "" : ` (${reason})`}${timedOut ? "; no answer in time: a later one comes to 'messages'" : ""}`;
    return { data: { id, to: recipient, state, reason, reply, timedOut, untrusted: NOT_ORDERS }, text: reply === null ? line : `${line}\n${messageText(reply)}` };
  },
});
