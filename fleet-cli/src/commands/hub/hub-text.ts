import type { hubStatus, OutputOf } from "@fleetwire/shared/bus";
import { renderFields } from "../../ui/index.ts";
import { partText } from "../status-text.ts";

export function hubText({ fleet, urls, gatewayUrl, publicBind, parts, natsVersion }: OutputOf<typeof hubStatus>): string {
  return renderFields([
    ["fleet", fleet],
    ["nats", `${urls.join(", ")}${natsVersion === undefined ? "" : ` (nats-server ${natsVersion})`}`],
    ["gateway", gatewayUrl ?? undefined],
    ["reached from", publicBind ? "other machines" : "this machine only ('fleet hub init --host NAME' makes a public one)"],
    ...parts.map((part) => [part.name, partText(part)] as const),
  ]);
}
