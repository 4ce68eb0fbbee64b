import { FleetError } from "@fleetwire/shared/errors";
import { firstAnswer, sendMessage } from "../../client/index.ts";
import { defineCommand } from "../command.ts";
import { time, value } from "../flags.ts";
import { ageOf } from "../../ui/index.ts";
import { EXPIRES_FLAG, messageText, SOURCE_FLAGS, TEXT } from "./message-source.ts";
import { TO } from "./recipient.ts";
import { sentText } from "./sent-text.ts";
import { plainLines } from "./show-message.ts";

const USUAL_MS = 5 * 60_000;

export default defineCommand({
  args: [TO, TEXT],
  flags: {
    ...SOURCE_FLAGS,
    ...EXPIRES_FLAG,
    "timeout": value("TIME", "how long to wait for the answer (5m)", time),
  },
  examples: ["fleet msg request reviewer 'may I merge?'", "fleet msg request gpu-box:3 --timeout 30s 'which model is loaded?'"],
  notes: "Prints the first answer. Exit code 124: none came in time; a late one will be in the inbox.",
  async run({ client, output, args: [to = "", typed], flags, process }) {
    const text = messageText(typed, flags, () => process.stdin());
    const timeoutMs = flags.timeout ?? USUAL_MS;
    const until = Date.now() + timeoutMs;
    process.interrupt.claim();
    const sent = await sendMessage(client, to, { text, subject: flags.subject, expiresMs: flags.expires, wantsReply: true });
    output.note(sentText(sent.answer));
    const reply = await firstAnswer(client, sent, { until, signal: process.interrupt.signal, onNote: (note) => output.note(note) });
    if (reply !== undefined) return { json: reply, text: plainLines(reply.text).join("\n"), quiet: reply.id };
    const { exitCode } = process.interrupt;
    if (exitCode !== undefined) return { exit: exitCode };
    throw new FleetError("timeout", `no answer from ${sent.answer.to} within ${ageOf(timeoutMs)} (request ${sent.answer.id})`, { hint: `a late answer will be in the inbox: 'fleet msg inbox'; 'fleet msg status ${sent.answer.id}' says whether it was read` });
  },
});
