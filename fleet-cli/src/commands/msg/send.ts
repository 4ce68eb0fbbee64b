import { defineCommand } from "../command.ts";
import { sendMessage } from "../../client/index.ts";
import { toggle } from "../flags.ts";
import { EXPIRES_FLAG, messageText, SOURCE_FLAGS, TEXT } from "./message-source.ts";
import { TO } from "./recipient.ts";
import { sentText } from "./sent-text.ts";
import { typeInto } from "./type-into.ts";

export default defineCommand({
  args: [TO, TEXT],
  flags: {
    ...SOURCE_FLAGS,
    ...EXPIRES_FLAG,
    "type": toggle("also type the text into the session, with Enter; needs a role that may type"),
  },
  examples: ["fleet msg send reviewer 'the tests pass, please look at src/bus'", "fleet msg send gpu-box:3 --subject 'new data' --file notes.md", "fleet msg send @gpu-box 'the disk is nearly full'", "fleet msg send build 'stop after this' --type"],
  notes: "delivered: it is in the recipient's inbox. queued: its node can't be reached; this machine's node keeps it and hands it\nover when that is back. Inside a session it is the session that sends.",
  async run({ client, output, args: [to = "", typed], flags, process }) {
    const text = messageText(typed, flags, () => process.stdin());
    const { answer } = await sendMessage(client, to, { text, subject: flags.subject, expiresMs: flags.expires });
    if (!flags.type) return { json: answer, text: sentText(answer), quiet: answer.id };
    const { said, exit, ...record } = await typeInto(client, to, text, answer);
    output.note(said);
    return { json: { ...answer, typed: record }, text: sentText(answer), quiet: answer.id, exit };
  },
});
