import { messageQueue, messageStatus, type OutputOf } from "@fleetwire/shared/bus";
import { mailPlace } from "../../client/index.ts";
import { agoOf, renderFields, renderTable } from "../../ui/index.ts";
import { defineCommand } from "../command.ts";
import { MESSAGE, messageIdOf } from "./message-id.ts";
import { NODE_FLAG } from "./whose-flags.ts";

export default defineCommand({
  args: [{ ...MESSAGE, required: false }],
  flags: NODE_FLAG,
  examples: ["fleet msg status k3v9x0q2m7ab", "fleet msg status", "fleet msg status k3v9x0q2m7ab --json"],
  notes: "queued, delivered, read, refused or expired, with the times of each. Without an ID what was sent from here and still waits\nfor its node.",
  async run({ client, output, args: [id], flags }) {
    const place = await mailPlace(client, flags.node);
    if (id !== undefined) {
      const status = await client.call(messageStatus, { id: messageIdOf(id) }, place);
      return { json: status, text: textOf(status), quiet: status.state };
    }
    const { messages, waiting } = await client.call(messageQueue, {}, place);
    if (waiting > messages.length) output.note(`${waiting} wait; these are the oldest`);
    return { json: messages, text: messages.length === 0 ? "nothing waits" : tableOf(messages, output.width), quiet: messages.map((message) => message.id).join("\n") };
  },
});

function textOf({ id, state, to, sentAt, deliveredAt, readAt, expiresAt, endedAt, reason }: OutputOf<typeof messageStatus>): string {
  const now = Date.now();
  const ago = (iso: string | undefined) => (iso === undefined ? undefined : `${iso} (${agoOf(iso, now)} ago)`);
  return renderFields([["message", id], ["to", to], ["state", state], ["sent", ago(sentAt)], ["delivered", ago(deliveredAt)], ["read", ago(readAt)], [state, ago(endedAt)], ["waits until", expiresAt], ["because", reason]]);
}

function tableOf(messages: OutputOf<typeof messageQueue>["messages"], width: number | undefined): string {
  const now = Date.now();
  const rows = messages.map(({ id, from, to, subject, sentAt, expiresAt, reason }) => [id, from, to, agoOf(sentAt, now), expiresAt, reason ?? "-", subject ?? "-"]);
  return renderTable([{ title: "ID" }, { title: "FROM" }, { title: "TO" }, { title: "AGE", align: "right" }, { title: "WAITS UNTIL" }, { title: "BECAUSE", flexible: true }, { title: "SUBJECT", flexible: true }], rows, width);
}
