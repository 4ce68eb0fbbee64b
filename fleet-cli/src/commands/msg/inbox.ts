import { FleetError } from "@fleetwire/shared/errors";
import { mailboxOf, markRead, readInbox } from "../../client/index.ts";
import { defineCommand } from "../command.ts";
import { text, toggle, value, whole } from "../flags.ts";
import { messageText } from "./show-message.ts";
import { WHOSE_FLAGS } from "./whose-flags.ts";

export default defineCommand({
  args: [],
  flags: {
    "unread": toggle("only what nobody has read"),
    "from": value("WHO", "only from this session, @NODE or node", text, { offers: "targets" }),
    ...WHOSE_FLAGS,
    "limit": value("N", "no more than the oldest N", whole(1, 100_000)),
    "ack": toggle("mark what is shown as read; without --session that is so anyway"),
    "keep": toggle("leave what is shown unread"),
  },
  examples: ["fleet msg inbox", "fleet msg inbox --unread --json", "fleet msg inbox --from gpu-box:3 --keep", "fleet msg inbox --session reviewer"],
  notes: "Oldest first. Inside a session it is the session's inbox, otherwise that of this machine's people. Messages are marked as\nread once they are printed; with --json the document is the list of them.",
  async run({ client, output, flags }) {
    if (flags.ack && flags.keep) throw new FleetError("usage", "--ack and --keep are opposites; give one");
    const mailbox = await mailboxOf(client, flags.session, flags.node);
    const messages = await readInbox(client, mailbox, { unread: flags.unread, from: flags.from }, flags.limit);
    const now = Date.now();
    // In a script nothing is nothing.
    if (messages.length === 0 && output.isTerminal) output.note(flags.unread ? "nothing unread" : "no messages");
    await output.show({ json: messages, text: messages.map((message) => messageText(message, now)).join("\n"), quiet: messages.map(({ id }) => id).join("\n") });
    // Somebody else's messages stay as they are unless that was said.
    if (flags.ack || (!flags.keep && flags.session === undefined)) await markRead(client, mailbox, messages);
    return {};
  },
});
