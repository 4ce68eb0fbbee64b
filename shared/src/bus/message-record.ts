// A message as its reader sees it, and how much of one there may be.
import * as z from "zod/mini";
import { NodeName, PublicKey, SessionId, SessionName } from "../ids/index.ts";
import { Role } from "./contract.ts";

/** Names one message for ever, in the whole fleet. */
export const MessageId = z.string().check(z.regex(/^[a-z0-9]{12}$/, "a message's id is 12 of a–z and 0–9"));

/** Bytes of UTF-8. */
export const MAX_TEXT_BYTES = 64 * 1024;
const MAX_SUBJECT = 200;
/** As it crosses the bus, where a control character takes seven bytes: a text that is mostly those has no room. */
const MAX_CARRIED = 180_000;

export const MessageText = z.string().check(
  z.minLength(1, "a message has a text"),
  z.maxLength(MAX_TEXT_BYTES, "a text has at most 64 KiB"),
  z.refine((text) => Buffer.byteLength(text) <= MAX_TEXT_BYTES, "a text has at most 64 KiB"),
  z.refine((text) => JSON.stringify(JSON.stringify(text)).length <= MAX_CARRIED, "this is no text: mostly control characters"),
);
export const MessageSubject = z.string().check(z.minLength(1, "a subject has at least one character"), z.maxLength(MAX_SUBJECT, `a subject has at most ${MAX_SUBJECT} characters`));

/** Who sent it, as the node found out; nothing of it is the sender's word. */
export const MessageSender = z.object({
  /** For people, and what to send to: `alpha:3`, `@alpha`. Of a caller without a node its name. */
  address: z.string(),
  /** Of a session or of a node's people. */
  node: z.optional(NodeName),
  /** The public key that was proved: the sending node's, or the caller's. Absent: this node. */
  key: z.optional(PublicKey),
  session: z.optional(z.object({ id: SessionId, name: z.nullable(SessionName) })),
  /** Of a caller without a node: the role it proved; null where the node asks for none. */
  role: z.optional(z.nullable(Role)),
});
export type MessageSender = z.infer<typeof MessageSender>;

/** Fields may be added, never renamed. Times are ISO 8601. */
export const MessageRecord = z.object({
  id: MessageId,
  /** `notice`: the node's own word about a message that could not be delivered. */
  kind: z.enum(["message", "notice"]),
  from: MessageSender,
  to: z.string(),
  subject: z.nullable(z.string()),
  text: z.string(),
  /** Id of the message that this one answers. */
  replyTo: z.nullable(MessageId),
  /** The sender waits for an answer. */
  wantsReply: z.boolean(),
  /** By the sender's clock. */
  sentAt: z.string(),
  receivedAt: z.string(),
  readAt: z.nullable(z.string()),
});
export type MessageRecord = z.infer<typeof MessageRecord>;
