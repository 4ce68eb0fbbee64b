import { join } from "node:path";
import { readFileSync } from "node:fs";
import { waitFor } from "@fleetwire/shared/testing";
import { figure, percentile } from "../harness/statistics.ts";
import { freePort } from "../harness/free-port.ts";
import { inTurn, roundsOf } from "../harness/in-turn.ts";
import { measureEcho, measureFlow, openEcho } from "../harness/measure.ts";
import { find } from "../harness/parts.ts";
import { Machine } from "../product/machine.ts";
import { ours } from "../product/ways.ts";
import { blocksFor } from "../programs/index.ts";
import type { Row } from "./row.ts";

export const p13: Row = {
  id: "P13",
  title: "through the hub's relay, beside the node's own Caddy",
  async run({ workplace, pick }) {
    const megabytes = pick(150, 30);
    const what = `${megabytes} MB through the hub's relay`;
    const missing = ["caddy", "nats-server"].filter((name) => find(name) === undefined);
    if (missing.length > 0) return [{ row: "P13", what, skipped: `no ${missing.join(", no ")} here` }];
    await using hub = await Machine.start(workplace, { name: "middle", gateway: true });
    await hub.call("hub-init", { host: "localhost", natsPort: await freePort() });
    await hub.call("hub-up", {});
    await using node = await Machine.start(workplace, { name: "far", gateway: true });
    await node.call("node-join", { token: (await hub.call("hub-token", { role: "node", name: "far" })).token });
    const relay = await waitFor("the relay's way to the node", async () => (await node.call("node-get", {})).relay ?? undefined, 30_000);
    const relayed = { url: relay, ca: readFileSync(join(hub.paths.state, "hub", "ca", "ca.crt"), "utf8") };
    const ways = [ours("relay", node, relayed), ours("own Caddy", node, await node.gateway())];

    const blocks = blocksFor(megabytes * 1e6);
    const flows = await inTurn(ways.map((way) => ({ name: way.name, run: () => measureFlow(way, blocks) })), { rounds: pick(5, 3), warmUp: 1 });
    const keys = pick(1_000, 400);
    const open = await Promise.all(ways.map(async (way) => ({ name: way.name, terminal: await openEcho(way) })));
    const echoes = await inTurn(open.map(({ name, terminal }) => ({ name, run: () => measureEcho(terminal, keys) })), { rounds: pick(7, 5), warmUp: 1 });
    for (const { terminal } of open) await terminal.close();
    const echo = (name: string, p: number) => roundsOf(echoes, name).map((us) => percentile(us, p));
    const more = (p: number) => echo("relay", p).map((us, round) => us - (echo("own Caddy", p)[round] ?? 0));
    return [
      { row: "P13", what, unit: "MB/s", ours: figure("ours", roundsOf(flows, "relay")), peers: [figure("own Caddy", roundsOf(flows, "own Caddy"))], bars: [{ kind: "ratio", of: "own Caddy", atLeast: 0.7 }] },
      { row: "P13", what: "what the relay adds to a key's echo, p50", unit: "µs", ours: figure("ours", more(50)), peers: [figure("own Caddy", echo("own Caddy", 50))], bars: [{ kind: "limit", atMost: 1_000 }] },
      { row: "P13", what: "what the relay adds to a key's echo, p99", unit: "µs", ours: figure("ours", more(99)), peers: [figure("own Caddy", echo("own Caddy", 99))], bars: [] },
    ];
  },
};
