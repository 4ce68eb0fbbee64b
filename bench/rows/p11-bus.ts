import { connect } from "nats";
import type { PublicKey } from "@fleetwire/shared/ids";
import { waitFor } from "@fleetwire/shared/testing";
import { figure, percentile } from "../harness/statistics.ts";
import { inTurn, roundsOf } from "../harness/in-turn.ts";
import { benchProgram } from "../harness/bundled.ts";
import { startTalker } from "../harness/child.ts";
import { Caller } from "../product/caller.ts";
import { startNats } from "../product/fleet.ts";
import { Machine } from "../product/machine.ts";
import { echoing } from "../programs/index.ts";
import { RESPONDER_SUBJECT } from "../peers/responder.ts";
import type { Row } from "./row.ts";

export const p11: Row = {
  id: "P11",
  title: "a command to a node over NATS, added to the bare request/reply",
  async run({ workplace, pick }) {
    const what = "a command over NATS, added to the bare request/reply, p50";
    await using nats = await startNats(workplace);
    if (nats === undefined) return [{ row: "P11", what, skipped: "no nats-server here" }];
    const responder = startTalker(process.execPath, [benchProgram("responder"), nats.url], workplace.env());
    await responder.next();
    await using machine = await Machine.start(workplace, { nats: nats.url });
    await using caller = await Caller.connect(nats.url);
    await waitFor("the node in its fleet", async () => (await machine.call("agent-status", {})).fleet.state === "connected", 20_000);
    const node = (await machine.call("node-get", {})).key as PublicKey;
    const id = await machine.launch(echoing());
    const bare = await connect({ servers: nats.url, reconnect: false });
    const payload = "x".repeat(400);
    const count = pick(300, 100);
    const measure = (call: () => Promise<unknown>) => async () => {
      const us: number[] = [];
      for (let done = 0; done < count; done++) {
        const from = performance.now();
        await call();
        us.push((performance.now() - from) * 1000);
      }
      return percentile(us, 50);
    };
    const results = await inTurn(
      [
        { name: "bare", run: measure(() => bare.request(RESPONDER_SUBJECT, payload)) },
        { name: "node-get", run: measure(() => caller.call(node, "node-get", {})) },
        { name: "session-send", run: measure(() => caller.call(node, "session-send", { session: { id: id as never }, text: "x", enter: false })) },
      ],
      { rounds: pick(9, 5), warmUp: 2 },
    );
    await bare.close();
    await responder.stop();
    const base = figure("bare request/reply", roundsOf(results, "bare").map((us) => us / 1000));
    return ["node-get", "session-send"].map((verb) => ({
      row: "P11",
      what: `${verb} over NATS, added to the bare request/reply, p50`,
      unit: "ms",
      ours: figure("ours", roundsOf(results, verb).map((us) => us / 1000 - base.value)),
      peers: [base],
      bars: [{ kind: "limit" as const, atMost: 0.3 }],
    }));
  },
};
