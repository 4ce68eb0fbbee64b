import { messageSend } from "@fleetwire/shared/bus";
import { mailPlace } from "../../client/index.ts";
import { defineCommand } from "../command.ts";
import { MESSAGE, messageIdOf } from "./message-id.ts";
import { EXPIRES_FLAG, messageText, SOURCE_FLAGS, TEXT } from "./message-source.ts";
import { sentText } from "./sent-text.ts";
import { NODE_FLAG } from "./whose-flags.ts";

export default defineCommand({
  args: [MESSAGE, TEXT],
  flags: { ...SOURCE_FLAGS, ...EXPIRES_FLAG, ...NODE_FLAG },
  examples: ["fleet msg reply k3v9x0q2m7ab 'yes, merge it'", "fleet msg reply k3v9x0q2m7ab --stdin < review.md"],
  async run({ client, args: [id = "", typed], flags, process }) {
    const replyTo = messageIdOf(id);
    const text = messageText(typed, flags, () => process.stdin());
    const answer = await client.call(messageSend, { replyTo, text, subject: flags.subject, expiresMs: flags.expires }, await mailPlace(client, flags.node));
    return { json: answer, text: sentText(answer), quiet: answer.id };
  },
});
