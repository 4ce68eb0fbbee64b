import { figure } from "../harness/statistics.ts";
import { inTurn, roundsOf } from "../harness/in-turn.ts";
import { product } from "../harness/bundled.ts";
import { timeCommand } from "../harness/child.ts";
import { freePort } from "../harness/free-port.ts";
import type { Row } from "./row.ts";

export const p9: Row = {
  id: "P9",
  title: "first `fleet launch` on a machine where nothing runs",
  async run({ workplace, pick }) {
    const firstLaunch = async () => {
      const env = workplace.env({ FLEET_HOME: workplace.directory(), FLEET_LISTEN: `127.0.0.1:${await freePort()}`, FLEET_GATEWAY: "0" });
      const { ms } = await timeCommand(process.execPath, [product.cli, "launch", "--", "sleep", "86400"], env);
      await timeCommand(process.execPath, [product.cli, "down", "--sessions", "--yes"], env);
      return ms;
    };
    const bare = async () => (await timeCommand(process.execPath, ["-e", "0"], workplace.env())).ms;
    const results = await inTurn([{ name: "ours", run: firstLaunch }, { name: "node -e 0", run: bare }], { rounds: pick(9, 4), warmUp: 1 });
    return [{ row: "P9", what: "first launch where nothing runs", unit: "ms", ours: figure("ours", roundsOf(results, "ours")), peers: [figure("node -e 0", roundsOf(results, "node -e 0"))], bars: [{ kind: "limit", atMost: 600 }] }];
  },
};
