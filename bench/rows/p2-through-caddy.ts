import { figure } from "../harness/statistics.ts";
import { inTurn, roundsOf } from "../harness/in-turn.ts";
import { measureFlow } from "../harness/measure.ts";
import { find } from "../harness/parts.ts";
import { Machine } from "../product/machine.ts";
import { loopback, ours } from "../product/ways.ts";
import { blocksFor } from "../programs/index.ts";
import type { Row } from "./row.ts";

export const p2: Row = {
  id: "P2",
  title: "the same through Caddy with TLS",
  async run({ workplace, pick }) {
    const megabytes = pick(150, 30);
    const what = `${megabytes} MB through Caddy with TLS`;
    if (find("caddy") === undefined) return [{ row: "P2", what, skipped: "no caddy here" }];
    const blocks = blocksFor(megabytes * 1e6);
    await using machine = await Machine.start(workplace, { gateway: true });
    const front = await machine.gateway();
    const ways = [ours("Caddy", machine, front), ours("loopback", machine, loopback(machine))];
    const results = await inTurn(ways.map((way) => ({ name: way.name, run: () => measureFlow(way, blocks) })), { rounds: pick(5, 3), warmUp: 1 });
    return [{ row: "P2", what, unit: "MB/s", ours: figure("ours", roundsOf(results, "Caddy")), peers: [figure("P1's way", roundsOf(results, "loopback"))], bars: [{ kind: "ratio", of: "P1's way", atLeast: 0.8 }] }];
  },
};
