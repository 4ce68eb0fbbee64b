import { setTimeout as sleep } from "node:timers/promises";
import { figure, percentile } from "../harness/statistics.ts";
import { inTurn, roundsOf, type Contestant } from "../harness/in-turn.ts";
import { awaitText, measureEcho, openEcho } from "../harness/measure.ts";
import { startPeers } from "../peers/index.ts";
import type { Way } from "../peers/terminal.ts";
import { Machine } from "../product/machine.ts";
import { loopback, ours } from "../product/ways.ts";
import { Viewer } from "../product/viewer.ts";
import { printing, READY } from "../programs/index.ts";
import type { Row } from "./row.ts";

/** A flood has to have reached every buffer on its way before anything is measured. */
const SETTLE_MS = 200;

export const p5: Row = {
  id: "P5",
  title: "key echo while another session floods, and while a viewer of it is stalled",
  async run({ workplace, pick }) {
    const keys = pick(500, 200);
    await using machine = await Machine.start(workplace);
    const peers = await startPeers(workplace);
    const own = await openEcho(ours("ours", machine, loopback(machine)));
    const relayed = await openEcho(peers.relay);
    const during = async (load: () => Promise<() => Promise<void>>, terminal: typeof own) => {
      const end = await load();
      try {
        await sleep(SETTLE_MS);
        return await measureEcho(terminal, keys);
      } finally {
        await end();
      }
    };
    const contestants: Contestant<number[]>[] = [
      { name: "quiet", run: () => measureEcho(own, keys) },
      { name: "flood", run: () => during(() => floodOurs(machine, false), own) },
      { name: "stalled", run: () => during(() => floodOurs(machine, true), own) },
      { name: "relay, quiet", run: () => measureEcho(relayed, keys) },
      { name: "relay, flood", run: () => during(() => floodRelay(peers.relay), relayed) },
    ];
    const results = await inTurn(contestants, { rounds: pick(7, 3), warmUp: 1 });
    await own.close();
    await relayed.close();
    await peers.stop();
    const of = (name: string, p: number, as = name) => figure(as, roundsOf(results, name).map((us) => percentile(us, p)));
    return (["flood", "stalled"] as const).map((name) => ({
      row: "P5",
      what: name === "flood" ? "key echo while another session floods, p99" : "… and one of its viewers is stalled, p99",
      unit: "µs",
      ours: of(name, 99, "ours"),
      peers: [of("quiet", 99), of("relay, quiet", 99), of("relay, flood", 99)],
      bars: [{ kind: "ratio" as const, of: "quiet", atMost: 2 }],
      note: `p50: quiet ${of("quiet", 50).value.toFixed(0)}, now ${of(name, 50).value.toFixed(0)}, relay flooded ${of("relay, flood", 50).value.toFixed(0)} µs`,
    }));
  },
};

/** A second session of the same host that prints without end; with a viewer that stalls, or with nobody. */
async function floodOurs(machine: Machine, stalled: boolean): Promise<() => Promise<void>> {
  const id = await machine.launch(printing(0));
  const { viewer } = await Viewer.attach(machine, id, loopback(machine), { kind: "attach", mode: stalled ? "latest" : "lossless", from: 0 });
  await awaitText(viewer, { exact: true }, READY);
  if (stalled) viewer.pause();
  await machine.call("session-send", { session: { id: id as never }, enter: true });
  if (!stalled) await viewer.close();
  return async () => {
    await viewer.close();
    await machine.discard(id);
  };
}

/** The naive relay keeps no log: a session of it floods while somebody looks, or not at all. */
async function floodRelay(way: Way): Promise<() => Promise<void>> {
  const terminal = await way.open(printing(0));
  await awaitText(terminal, way, READY);
  terminal.listen(() => undefined);
  terminal.write("\n");
  return () => terminal.close();
}
