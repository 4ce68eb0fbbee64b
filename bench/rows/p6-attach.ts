import { waitFor } from "@fleetwire/shared/testing";
import { figure, percentile } from "../harness/statistics.ts";
import { inTurn, roundsOf } from "../harness/in-turn.ts";
import { Machine } from "../product/machine.ts";
import { Viewer, type Attached } from "../product/viewer.ts";
import { loopback } from "../product/ways.ts";
import { BLOCK_OUT, blocksFor, DONE, line, LINE_OUT, printing, PROLOGUE } from "../programs/index.ts";
import type { Row } from "./row.ts";

const HISTORY = 100e6;

export const p6: Row = {
  id: "P6",
  title: "attach to the first correct frame, 100 MB of history",
  async run({ workplace, pick }) {
    await using machine = await Machine.start(workplace, { config: `[sessions]\nlog_bytes = ${128 * 1024 * 1024}\n` });
    const blocks = blocksFor(HISTORY);
    const idle = await machine.launch(printing(blocks));
    await begin(machine, idle);
    await printed(machine, idle, PROLOGUE + blocks * BLOCK_OUT);
    const attach = async (id: number, check: (attached: Attached) => void) => {
      const attached = await Viewer.attach(machine, id, loopback(machine), { kind: "attach", mode: "latest", size: { cols: 80, rows: 24 } });
      await attached.viewer.close();
      check(attached);
      return { pictureMs: attached.pictureMs, connectedMs: attached.connectedMs };
    };
    const turns = { rounds: pick(21, 9), warmUp: 1, withinMs: pick(60_000, 20_000) };
    const quiet = await inTurn([{ name: "idle", run: () => attach(idle, (attached) => expectText(attached, [line(blocks * 819 - 1), DONE])) }], turns);
    const flooding = await machine.launch(printing(0));
    await begin(machine, flooding);
    await printed(machine, flooding, HISTORY);
    const flooded = await inTurn([{ name: "flooding", run: () => attach(flooding, expectLastLine) }], turns);
    await machine.discard(idle, flooding);
    return [
      { name: "idle", results: quiet, atMost: 30 },
      { name: "flooding", results: flooded, atMost: 100 },
    ].map(({ name, results, atMost }) => {
      const times = roundsOf(results, name);
      const picture = times.map(({ pictureMs }) => pictureMs);
      return {
        row: "P6",
        what: `attach to the first correct frame, program ${name}`,
        unit: "ms",
        ours: figure("ours", picture),
        peers: [],
        bars: [{ kind: "limit" as const, atMost }],
        note: `${picture.length} attaches, p95 ${percentile(picture, 95).toFixed(1)} ms; the connection before it ${figure("", times.map(({ connectedMs }) => connectedMs)).value.toFixed(1)} ms`,
      };
    });
  },
};

async function begin(machine: Machine, id: number): Promise<void> {
  await printed(machine, id, PROLOGUE);
  await machine.call("session-send", { session: { id: id as never }, enter: true });
}

async function printed(machine: Machine, id: number, bytes: number): Promise<void> {
  await waitFor(`${bytes} bytes of output`, async () => (await machine.call("session-get", { session: { id: id as never } })).session.outputBytes >= bytes, 120_000);
}

/** The text is known, so the offset of a picture says what its last whole line must be. */
function expectLastLine(attached: Attached): void {
  const lines = Math.floor(((attached.snapshot?.offset ?? 0) - PROLOGUE) / LINE_OUT);
  expectText(attached, [line(lines - 1), line(lines - 2)]);
}

function expectText({ snapshot }: Attached, texts: readonly string[]): void {
  const missing = texts.find((text) => snapshot?.text.includes(text) !== true);
  if (missing !== undefined) throw new Error(`the picture at ${snapshot?.offset} lacks '${missing}'`);
}
