import { figure, percentile } from "../harness/statistics.ts";
import { inTurn, roundsOf } from "../harness/in-turn.ts";
import { product } from "../harness/bundled.ts";
import { timeCommand } from "../harness/child.ts";
import type { Entry } from "../harness/report.ts";
import { startSimulatedNodes } from "../product/fleet.ts";
import { startHub } from "../product/hub.ts";
import type { Row, RowContext } from "./row.ts";

export const p10: Row = {
  id: "P10",
  title: "listing the fleet after process start",
  async run(context) {
    const entries = await listing(context, { nodes: context.pick(1_000, 200), sessions: 0, command: "nodes", rounds: context.pick(15, 7), atMost: 60, p: 50 });
    const big = { nodes: 10_000, sessions: 5, rounds: 20, atMost: 300, p: 95 };
    const full = async () => [...(await listing(context, { ...big, command: "nodes" })), ...(await listing(context, { ...big, command: "ls" }))];
    return [...entries, ...(context.full ? await full() : [{ row: "P10", what: "listing 10,000 nodes with 5 sessions each", skipped: "only with --full" }])];
  },
};

interface Size {
  readonly nodes: number;
  readonly sessions: number;
  readonly command: string;
  readonly rounds: number;
  readonly atMost: number;
  /** The percentile that the bar is about. */
  readonly p: number;
}

async function listing({ workplace }: RowContext, { nodes, sessions, command, rounds, atMost, p }: Size): Promise<Entry[]> {
  const what = `fleet ${command}, ${nodes} nodes${sessions > 0 ? ` with ${sessions} sessions each` : ""}, after process start${p === 50 ? "" : `, p${p}`}`;
  await using hub = await startHub(workplace);
  if (hub === undefined) return [{ row: "P10", what, skipped: "no nats-server here" }];
  await using _nodes = await startSimulatedNodes(workplace, hub, nodes, sessions);
  const env = workplace.env({ FLEET_HOME: hub.home });
  const expected = command === "ls" ? nodes * sessions : nodes;
  const list = async () => {
    const { ms, stdout } = await timeCommand(process.execPath, [product.cli, command, "--json"], env);
    const listed = JSON.parse(stdout) as unknown[];
    if (listed.length !== expected) throw new Error(`fleet ${command} lists ${listed.length} of ${expected}`);
    return ms;
  };
  const results = await inTurn(
    [
      { name: "whole process", run: list },
      { name: "node -e 0", run: async () => (await timeCommand(process.execPath, ["-e", "0"], env)).ms },
    ],
    { rounds, warmUp: 1 },
  );
  const whole = roundsOf(results, "whole process");
  const bare = figure("node -e 0", roundsOf(results, "node -e 0"));
  const own = figure("ours", whole.map((ms) => ms - bare.value));
  return [
    {
      row: "P10",
      what,
      unit: "ms",
      ours: { ...own, value: percentile(whole, p) - bare.value },
      peers: [bare, figure("whole process", whole)],
      bars: [{ kind: "limit", atMost }],
      note: "the whole process less a bare one of the same run",
    },
  ];
}
