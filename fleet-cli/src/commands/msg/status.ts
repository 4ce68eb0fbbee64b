import { messageStatus, type OutputOf } from "@fleetwire/shared/bus";
import { agoOf, renderFields } from "../../ui/index.ts";
import { defineCommand } from "../command.ts";
import { mailPlace, NODE_FLAG } from "./mail-place.ts";
import { MESSAGE, messageIdOf } from "./message-id.ts";

export default defineCommand({
  args: [MESSAGE],
  flags: NODE_FLAG,
  examples: ["fleet msg status k3v9x0q2m7ab", "fleet msg status k3v9x0q2m7ab --json"],
  notes: "queued, delivered, read, refused or expired, with the times of each.",
  async run({ client, args: [id = ""], flags }) {
    const status = await client.call(messageStatus, { id: messageIdOf(id) }, await mailPlace(client, flags));
    return { json: status, text: textOf(status), quiet: status.state };
  },
});

function textOf({ id, state, to, sentAt, deliveredAt, readAt, expiresAt, endedAt, reason }: OutputOf<typeof messageStatus>): string {
  const now = Date.now();
  const ago = (iso: string | undefined) => (iso === undefined ? undefined : `${iso} (${agoOf(iso, now)} ago)`);
  return renderFields([["message", id], ["to", to], ["state", state], ["sent", ago(sentAt)], ["delivered", ago(deliveredAt)], ["read", ago(readAt)], [state, ago(endedAt)], ["waits until", expiresAt], ["because", reason]]);
}
