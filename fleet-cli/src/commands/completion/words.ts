// What the shells' scripts call on each Tab: `fleet completion words SHELL WORD…`. One candidate a line; for shells that show
// them, a tab and a description. The first line says whether the shell adds file names.
import { setTimeout as sleep } from "node:timers/promises";
import { neutral } from "../../text/index.ts";
import { defineCommand } from "../command.ts";
import { complete, type Completion } from "./complete.ts";

/** Longer than this nobody waits for a Tab. */
const PATIENCE_MS = 1_500;
const NOTHING: Completion = { candidates: [], files: "none" };

export default defineCommand({
  args: [],
  rest: "WORD…",
  flags: {},
  examples: ["fleet completion words -- attach ''"],
  notes: "For the scripts of 'fleet completion'.",
  async run(invocation) {
    const asked = complete(invocation, invocation.rest ?? []).catch(() => NOTHING);
    const { candidates, files } = await Promise.race([asked, sleep(PATIENCE_MS, NOTHING, { ref: false })]);
    const lines = candidates.map(({ word, about }) => `${neutral(word)}\t${neutral(about).slice(0, 120)}`);
    return { json: { files, candidates }, text: [files, ...lines].join("\n"), quiet: candidates.map(({ word }) => word).join("\n") };
  },
});
