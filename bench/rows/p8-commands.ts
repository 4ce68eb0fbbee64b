import { figure } from "../harness/statistics.ts";
import { inTurn, roundsOf } from "../harness/in-turn.ts";
import { product } from "../harness/bundled.ts";
import { timeCommand } from "../harness/child.ts";
import { Machine } from "../product/machine.ts";
import { echoing } from "../programs/index.ts";
import type { Row } from "./row.ts";

export const p8: Row = {
  id: "P8",
  title: "`fleet ls` and `fleet send` on a warm node, whole process",
  async run({ workplace, pick }) {
    await using machine = await Machine.start(workplace);
    const id = await machine.launch(echoing());
    const node = async (...args: string[]) => (await timeCommand(process.execPath, args, machine.env)).ms;
    const results = await inTurn(
      [
        { name: "node -e 0", run: () => node("-e", "0") },
        { name: "fleet ls", run: () => node(product.cli, "ls") },
        { name: "fleet send", run: () => node(product.cli, "send", String(id), "x") },
      ],
      { rounds: pick(25, 9), warmUp: 2 },
    );
    const bare = figure("node -e 0", roundsOf(results, "node -e 0"));
    return ["fleet ls", "fleet send"].map((name) => ({
      row: "P8",
      what: `${name}, whole process`,
      unit: "ms",
      ours: figure("ours", roundsOf(results, name)),
      peers: [bare],
      bars: [{ kind: "ratio", of: bare.name, atMost: 1.6 }],
    }));
  },
};
