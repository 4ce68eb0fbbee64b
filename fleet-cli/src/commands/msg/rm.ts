import { messageRm } from "@fleetwire/shared/bus";
import { mailboxOf } from "../../client/index.ts";
import { defineCommand } from "../command.ts";
import { MESSAGE, messageIdOf } from "./message-id.ts";
import { WHOSE_FLAGS } from "./whose-flags.ts";

export default defineCommand({
  args: [MESSAGE],
  flags: WHOSE_FLAGS,
  examples: ["fleet msg rm k3v9x0q2m7ab"],
  notes: "From the inbox, or of a message that was sent and still waits for its node: then it is taken back.",
  async run({ client, args: [id = ""], flags }) {
    const { place, of } = await mailboxOf(client, flags.session, flags.node);
    const { removed } = await client.call(messageRm, { ...of, id: messageIdOf(id) }, place);
    return { json: { id, removed }, text: removed === "queue" ? `taken back: ${id}` : `removed: ${id}`, quiet: id };
  },
});
