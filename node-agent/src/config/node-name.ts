import { NodeName } from "@fleetwire/shared/ids";

/** The host's name made a valid node name: its first label, in lower case, anything else to hyphens. */
export function defaultNodeName(hostname: string): NodeName {
  const first = hostname.toLowerCase().split(".")[0] ?? "";
  const plain = first.replace(/[^a-z0-9]+/g, "-").slice(0, 40).replace(/^-+|-+$/g, "");
  for (const candidate of [plain, `${plain.slice(0, 35)}-host`]) {
    const name = NodeName.safeParse(candidate);
    if (name.success) return name.data;
  }
  return NodeName.parse("machine");
}
