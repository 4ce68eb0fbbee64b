import { nodesTable } from "../ui/index.ts";
import { defineCommand } from "./command.ts";

export default defineCommand({
  args: [],
  flags: {},
  examples: ["fleet nodes", "fleet nodes --json"],
  notes: "live: heard within 25 s; suspect: within 60 s, or its connection ended; unreachable: not heard since. In a fleet of more than 3,000 nodes these times grow with the pause between two beats.",
  async run({ client, output }) {
    const { nodes, notes } = await client.nodes();
    for (const note of notes) output.note(note);
    return {
      json: nodes,
      get text() {
        return nodesTable(nodes, output.width);
      },
      get quiet() {
        return nodes.map(({ name }) => name).join("\n");
      },
    };
  },
});
