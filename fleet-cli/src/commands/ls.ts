import { ACTIVITY_STATES, SESSION_STATES, type SessionState } from "@fleetwire/shared/domain";
import { NodeName, Tag } from "@fleetwire/shared/ids";
import { sessionsTable } from "../ui/index.ts";
import { defineCommand } from "./command.ts";
import { checked, oneOf, values } from "./flags.ts";

export default defineCommand({
  args: [],
  flags: {
    "node": values("NODE", "only of this node", checked(NodeName), { offers: "nodes" }),
    "state": values("STATE", "only in this state, or doing this: blocked, working, done, idle, unknown", oneOf(...SESSION_STATES, ...ACTIVITY_STATES), { offers: [...SESSION_STATES, ...ACTIVITY_STATES] }),
    "tag": values("TAG", "only with this tag", checked(Tag)),
  },
  examples: ["fleet ls", "fleet ls --state running --tag team=red", "fleet ls --state blocked", "fleet ls --json"],
  async run({ client, output, flags }) {
    const states = flags.state.filter((state): state is SessionState => (SESSION_STATES as readonly string[]).includes(state));
    const activity = flags.state.filter((state) => !(states as readonly string[]).includes(state));
    const filter = { ...(states.length > 0 ? { states } : {}), ...(activity.length > 0 ? { activity } : {}), ...(flags.tag.length > 0 ? { tags: [...flags.tag] } : {}) };
    const { sessions, stale, notes } = await client.sessions({ filter, ...(flags.node.length > 0 ? { nodes: flags.node } : {}) });
    for (const note of notes) output.note(note);
    return {
      json: sessions,
      get text() {
        return sessionsTable(sessions, stale, Date.now(), output.width);
      },
      get quiet() {
        return sessions.map(({ target }) => target).join("\n");
      },
    };
  },
});
