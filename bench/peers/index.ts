import { dtach, tmux } from "./multiplexers.ts";
import { nodePty } from "./node-pty.ts";
import { startRelay } from "./relay.ts";
import { find } from "../harness/parts.ts";
import type { Workplace } from "../harness/workplace.ts";
import type { Way } from "./terminal.ts";

export { ptyLoop } from "./pty-loop.ts";

/** The peers that this machine has, the relay started; and which are missing. */
export async function startPeers(workplace: Workplace): Promise<{ relay: Way; others: Way[]; missing: string[]; stop(): Promise<void> }> {
  const env = workplace.env();
  const relay = await startRelay(env);
  const programs = { tmux: find("tmux"), dtach: find("dtach") };
  const others = [nodePty(env)];
  if (programs.tmux !== undefined) others.push(tmux(programs.tmux, env, () => workplace.directory()));
  if (programs.dtach !== undefined) others.push(dtach(programs.dtach, env, () => workplace.directory()));
  return { relay: relay.way, others, missing: Object.entries(programs).flatMap(([name, path]) => (path === undefined ? [name] : [])), stop: () => relay.stop() };
}
