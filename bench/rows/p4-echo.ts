import { figure, percentile } from "../harness/statistics.ts";
import { inTurn, roundsOf, type Contestant } from "../harness/in-turn.ts";
import { measureEcho, openEcho } from "../harness/measure.ts";
import { ptyLoop, startPeers } from "../peers/index.ts";
import type { Way } from "../peers/terminal.ts";
import { Machine } from "../product/machine.ts";
import { loopback, ours } from "../product/ways.ts";
import type { Row } from "./row.ts";

export const p4: Row = {
  id: "P4",
  title: "key echo through an attach, quiet",
  async run({ workplace, pick }) {
    const keys = pick(1_000, 400);
    await using machine = await Machine.start(workplace);
    const peers = await startPeers(workplace);
    const loop = ptyLoop(workplace);
    const ways: Way[] = [ours("ours", machine, loopback(machine)), peers.relay, ...peers.others];
    const open = await Promise.all(ways.map(async (way) => ({ name: way.name, terminal: await openEcho(way) })));
    const contestants: Contestant<number[]>[] = open.map(({ name, terminal }) => ({ name, run: () => measureEcho(terminal, keys) }));
    if (loop !== undefined) contestants.push({ name: "C loop", run: () => loop.echo(keys) });
    const results = await inTurn(contestants, { rounds: pick(7, 5), warmUp: 1 });
    for (const { terminal } of open) await terminal.close();
    await peers.stop();
    return [
      { p: 50, atMost: 0.9 },
      { p: 99, atMost: 0.5 },
    ].map(({ p, atMost }) => {
      const figures = contestants.map(({ name }) => figure(name, roundsOf(results, name).map((us) => percentile(us, p))));
      const [own, ...others] = figures as [(typeof figures)[0], ...typeof figures];
      return { row: "P4", what: `key echo, quiet, p${p}`, unit: "µs", ours: own, peers: others, bars: [{ kind: "ratio", of: "relay", atMost }] };
    });
  },
};
