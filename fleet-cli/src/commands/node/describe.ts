import { nodeGet, nodeStorage, type OutputOf } from "@fleetwire/shared/bus";
import type { NodeRecord } from "@fleetwire/shared/domain";
import { NodeName } from "@fleetwire/shared/ids";
import { ageOf, bytesOf, drainNote, gpuText, renderFields } from "../../ui/index.ts";
import { defineCommand, NODE } from "../command.ts";
import { checked } from "../flags.ts";
import { keptText, usageText } from "../storage-text.ts";

export default defineCommand({
  args: [NODE],
  flags: {},
  examples: ["fleet node describe gpu-box"],
  async run({ client, output, args: [name = ""] }) {
    const place = await client.node(checked(NodeName)(name, "NODE"));
    // The fleet's row of a node is there also when the node isn't.
    const node = place.kind === "fleet" ? place.node : await client.call(nodeGet, { fresh: true }, place);
    if (place.kind === "fleet") for (const note of await client.notes()) output.note(note);
    // A node that doesn't answer, or knows no such question yet, is described without.
    const storage = node.state === "live" ? await client.call(nodeStorage, {}, place).catch(() => undefined) : undefined;
    return { json: { ...node, ...(storage === undefined ? {} : { storage }) }, text: textOf(node, storage), quiet: node.name };
  },
});

function textOf(node: NodeRecord, storage: OutputOf<typeof nodeStorage> | undefined): string {
  const { cpus, memoryBytes, memoryFreeBytes, gpus } = node.resources;
  return renderFields([
    ["name", node.name],
    ["state", `${node.state}${node.draining ? ", draining" : ""}, heard ${ageOf(node.ageMs)} ago`],
    ["draining", node.drain === undefined ? undefined : `since ${node.drain.since}${node.drain.deadline === undefined ? "" : `, until ${node.drain.deadline}`}`],
    ["drain", node.drain === undefined ? undefined : drainNote(node.drain, Date.now()) || undefined],
    ["host", `${node.hostname} (${node.platform})`],
    ["version", node.version],
    ["url", node.url ?? "none"],
    ["relay", node.relay ?? undefined],
    ["labels", Object.entries(node.labels).map(([key, value]) => `${key}=${value}`).join(" ") || "none"],
    ["cpus", String(cpus)],
    ["memory", memoryFreeBytes === undefined ? bytesOf(memoryBytes) : `${bytesOf(memoryBytes)}, ${bytesOf(memoryFreeBytes)} free`],
    ...(gpus.length === 0 ? [["gpus", "none"] as const] : gpus.map((gpu) => ["gpu", gpuText(node.name, gpu)] as const)),
    ["load", node.load.toFixed(2)],
    ["runtimes", node.runtimes.join(", ")],
    ["sessions", `${node.sessions.running} running, ${node.sessions.total} known`],
    ["logs", storage === undefined ? undefined : usageText(storage)],
    ["kept", storage === undefined ? undefined : keptText(storage)],
    ["started", node.startedAt],
    ["pool", node.pool],
    ["key", node.key],
    ["warning", node.warning],
    ["open", node.open ? "yes: callers that prove no role are accepted" : undefined],
  ]);
}
