// A hub as the product makes it, with accounts, permissions and JetStream: nats-server, registry, and a home whose commands
// are its owner's. No node agent.
import { spawn } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createKeyPair } from "@fleetwire/shared/keys";
import { waitFor } from "@fleetwire/shared/testing";
import { initHub } from "../../node-agent/src/hub/init.ts";
import { product } from "../harness/bundled.ts";
import { stop } from "../harness/child.ts";
import { freePort } from "../harness/free-port.ts";
import { find } from "../harness/parts.ts";
import type { Workplace } from "../harness/workplace.ts";
import { Caller } from "./caller.ts";
import { canConnect } from "./fleet.ts";

export interface Hub extends AsyncDisposable {
  readonly url: string;
  /** FLEET_HOME of its owner. */
  readonly home: string;
  readonly caller: Caller;
}

/** Undefined where there is no nats-server. */
export async function startHub(workplace: Workplace): Promise<Hub | undefined> {
  const program = find("nats-server");
  if (program === undefined) return undefined;
  const home = workplace.directory();
  const [state, config] = [join(home, "state"), join(home, "config")];
  const [nodeKey, key, natsPort] = [createKeyPair("user"), createKeyPair("user"), await freePort()];
  const made = await initHub({ directory: join(state, "hub"), nodeKey, callerKey: key, nodeName: "bench" }, { natsPort });
  mkdirSync(config, { mode: 0o700 });
  const write = (path: string, text: string) => writeFileSync(path, text, { mode: 0o600 });
  write(join(state, "credentials.json"), JSON.stringify(made.node));
  write(join(config, "credentials.json"), JSON.stringify(made.caller));
  write(join(config, "caller.nk"), key.seed);
  const nats = spawn(program, ["-c", join(state, "hub/nats/nats-server.conf"), "-l", join(home, "log")], { env: workplace.env(), stdio: "ignore" });
  await waitFor("nats-server", () => canConnect(natsPort), 10_000);
  const registry = spawn(process.execPath, [product.agent, "registry", "--state", join(state, "hub")], { env: workplace.env(), stdio: ["ignore", "ignore", "inherit"] });
  const url = `nats://127.0.0.1:${natsPort}`;
  const caller = await Caller.connect(url, { key, jwt: made.caller.jwt });
  await waitFor("the registry", async () => (await caller.query("nodes", { limit: 1 })).total >= 0, 15_000);
  return {
    url,
    home,
    caller,
    async [Symbol.asyncDispose]() {
      await caller[Symbol.asyncDispose]();
      await stop(registry);
      await stop(nats);
    },
  };
}
