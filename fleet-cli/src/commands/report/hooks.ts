import { FleetError } from "@fleetwire/shared/errors";
import { printable } from "@fleetwire/shared/ids";
import { renderTable } from "../../ui/index.ts";
import { defineCommand } from "../command.ts";
import { AGENTS } from "./agents.ts";

const NAMES = Object.keys(AGENTS);

export default defineCommand({
  args: [{ name: "AGENT", help: NAMES.join(", "), required: false, offers: NAMES }],
  flags: {},
  examples: ["fleet hooks", "fleet hooks claude", "fleet hooks opencode > ~/.config/opencode/plugins/fleet.js", "fleet hooks bash >> ~/.bashrc"],
  notes: "Prints what makes an agent report what it does; where it goes is said on stderr. Nothing is written.",
  async run({ output, args: [name] }) {
    if (name === undefined) {
      const all = Object.values(AGENTS).map(({ agent, name: title, file }) => ({ agent, name: title, file }));
      return { json: all, text: renderTable([{ title: "AGENT" }, { title: "NAME" }, { title: "SETTINGS GO INTO" }], all.map(({ agent, name: title, file }) => [agent, title, file])), quiet: NAMES.join("\n") };
    }
    const found = Object.hasOwn(AGENTS, name) ? AGENTS[name] : undefined;
    if (found === undefined) throw new FleetError("usage", `no hooks are known for '${printable(name)}'`, { hint: `there are ${NAMES.join(", ")}; anything else can run 'fleet report STATE'` });
    const { file, notes, settings, text } = found;
    output.note(`${settings === undefined ? "into" : "merge it into"} ${file}`);
    if (notes !== undefined) output.note(notes);
    return { json: { agent: found.agent, name: found.name, file, ...(notes === undefined ? {} : { notes }), ...(settings === undefined ? { text: `${text?.join("\n") ?? ""}\n` } : { settings }) }, text: settings === undefined ? (text?.join("\n") ?? "") : JSON.stringify(settings, undefined, 2) };
  },
});
