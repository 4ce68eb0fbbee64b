import { followInbox, mailboxOf, markRead } from "../../client/index.ts";
import { defineCommand } from "../command.ts";
import { text, time, value } from "../flags.ts";
import { messageText } from "./show-message.ts";
import { WHOSE_FLAGS } from "./whose-flags.ts";

export default defineCommand({
  args: [],
  flags: {
    "for": value("TIME", "end after that long; without it Ctrl-C ends it", time),
    "from": value("WHO", "only from this session, @NODE or node", text, { offers: "targets" }),
    ...WHOSE_FLAGS,
  },
  examples: ["fleet msg listen", "fleet msg listen --for 10m --json", "fleet msg listen --from @gpu-box"],
  notes: "First what is unread, then what comes; each message is marked as read once it is printed, so that the next 'listen' goes on\nwhere this one ended. With --json each line is a message. Of another's mailbox (--session) nothing is marked.",
  async run({ client, output, flags, process }) {
    process.interrupt.claim();
    const mailbox = await mailboxOf(client, flags.session, flags.node);
    const until = flags.for === undefined ? Number.POSITIVE_INFINITY : Date.now() + flags.for;
    for await (const message of followInbox(client, mailbox, { filter: { from: flags.from }, until, signal: process.interrupt.signal, onNote: (note) => output.note(note) })) {
      await output.line(output.json ? JSON.stringify(message) : output.quiet ? message.id : messageText(message, Date.now()));
      if (flags.session === undefined) await markRead(client, mailbox, [message]);
    }
    return { exit: process.interrupt.exitCode ?? 0 };
  },
});
