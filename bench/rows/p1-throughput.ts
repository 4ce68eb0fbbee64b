import { figure } from "../harness/statistics.ts";
import { inTurn, roundsOf, type Contestant } from "../harness/in-turn.ts";
import { measureFlow } from "../harness/measure.ts";
import { ptyLoop, startPeers } from "../peers/index.ts";
import type { Way } from "../peers/terminal.ts";
import { Machine } from "../product/machine.ts";
import { loopback, ours } from "../product/ways.ts";
import { blocksFor } from "../programs/index.ts";
import type { Row } from "./row.ts";

export const p1: Row = {
  id: "P1",
  title: "output to one lossless viewer over loopback WebSocket",
  async run({ workplace, pick }) {
    const megabytes = pick(150, 30);
    const blocks = blocksFor(megabytes * 1e6);
    await using machine = await Machine.start(workplace);
    const peers = await startPeers(workplace);
    const loop = ptyLoop(workplace);
    const contestant = (way: Way): Contestant<number> => ({ name: way.name, run: () => measureFlow(way, blocks) });
    const contestants = [contestant(ours("ours", machine, loopback(machine))), contestant(peers.relay), ...peers.others.map(contestant)];
    if (loop !== undefined) contestants.push({ name: "C loop", run: () => loop.flow(blocks) });
    const results = await inTurn(contestants, { rounds: pick(5, 3), warmUp: 1 });
    await peers.stop();
    const figures = contestants.map(({ name }) => figure(name, roundsOf(results, name)));
    const [own, ...others] = figures as [(typeof figures)[0], ...typeof figures];
    return [
      {
        row: "P1",
        what: `${megabytes} MB to one lossless viewer`,
        unit: "MB/s",
        ours: own,
        peers: others,
        bars: [{ kind: "ratio", of: "relay", atLeast: 0.95 }, ...(peers.missing.includes("tmux") ? [] : [{ kind: "ratio", of: "tmux", atLeast: 2 } as const])],
        note: peers.missing.length + (loop === undefined ? 1 : 0) === 0 ? undefined : `not here: ${[...peers.missing, ...(loop === undefined ? ["a C compiler"] : [])].join(", ")}`,
      },
    ];
  },
};
