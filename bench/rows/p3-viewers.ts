import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { waitFor } from "@fleetwire/shared/testing";
import { figure } from "../harness/statistics.ts";
import { inTurn, roundsOf } from "../harness/in-turn.ts";
import { Machine } from "../product/machine.ts";
import { Viewer } from "../product/viewer.ts";
import { loopback } from "../product/ways.ts";
import { BLOCK_OUT, blocksFor, printing } from "../programs/index.ts";
import type { Row } from "./row.ts";

const VIEWERS = 10;

export const p3: Row = {
  id: "P3",
  title: "the program's own speed with 10 viewers, one stalled",
  async run({ workplace, pick }) {
    const blocks = blocksFor(pick(150e6, 30e6));
    await using machine = await Machine.start(workplace);
    const speed = async (viewers: number): Promise<number> => {
      const report = join(workplace.directory(), "report");
      const id = await machine.launch(printing(blocks, report));
      const attached = await Promise.all(Array.from({ length: viewers }, () => Viewer.attach(machine, id, loopback(machine), { kind: "attach", mode: "latest" })));
      attached[0]?.viewer.pause();
      await machine.call("session-send", { session: { id: id as never }, enter: true });
      await waitFor("the program's report", () => existsSync(report), 120_000);
      const { ms } = JSON.parse(readFileSync(report, "utf8")) as { ms: number };
      await Promise.all(attached.map(({ viewer }) => viewer.close()));
      await machine.discard(id);
      return (blocks * BLOCK_OUT) / 1e6 / (ms / 1000);
    };
    const results = await inTurn([VIEWERS, 0].map((viewers) => ({ name: String(viewers), run: () => speed(viewers) })), { rounds: pick(5, 3), warmUp: 1 });
    return [
      {
        row: "P3",
        what: "program's own speed, 10 viewers, one stalled",
        unit: "MB/s",
        ours: figure("ours", roundsOf(results, String(VIEWERS))),
        peers: [figure("no viewer", roundsOf(results, "0"))],
        bars: [{ kind: "ratio", of: "no viewer", atLeast: 0.9 }],
      },
    ];
  },
};
