// For fleets without a registry: every node is asked who it is, and whoever answers in time is the list.
import { randomBytes } from "node:crypto";
import { openReply, Pong, ReplyBody, sealRequest, subjects } from "@fleetwire/shared/bus";
import type { NodeRecord } from "@fleetwire/shared/domain";
import { FleetError, parseJson, parseOr, parseRows } from "@fleetwire/shared/errors";
import type { NodeName, OperationId, PublicKey } from "@fleetwire/shared/ids";
import { Signed } from "@fleetwire/shared/keys";
import { newOperationId } from "../operation-id.ts";
import type { Link } from "./link.ts";

/** Longest wait for answers, and how long after the last one nobody is expected any more. */
const WAIT_MS = 700;
const QUIET_MS = 150;

export interface Scattered {
  /** By name. */
  readonly nodes: NodeRecord[];
  /** How many answered that can't be read here: of another release. */
  readonly unread: number;
}

/** Nodes that answered; each answer is signed by the node it speaks of. @param name only that node is asked, and its answer ends the wait */
export async function scatter({ connection, settings }: Link, name?: NodeName): Promise<Scattered> {
  const caller = settings.key.publicKey as PublicKey;
  const id = newOperationId() as OperationId;
  const inbox = `${subjects.inboxPrefix(caller)}.${randomBytes(9).toString("hex")}`;
  const nodes = new Map<string, NodeRecord>();
  let unread = 0;
  const subscription = connection.subscribe(inbox);
  const now = Date.now();
  connection.publish(subjects.ping(settings.fleet, caller), sealRequest({ id, issued: now, deadline: now + WAIT_MS + 1_000, target: "all", verb: "ping", body: name === undefined ? {} : { name } }, settings.key, settings.jwt), { reply: inbox });
  const stop = () => subscription.unsubscribe();
  const longest = setTimeout(stop, WAIT_MS);
  let quiet: NodeJS.Timeout | undefined;
  for await (const message of subscription) {
    // The server says that nobody listens at all.
    if (message.headers?.code === 503) break;
    const node = readPong(message.string(), id);
    if (node === UNREAD) unread++;
    else if (node !== undefined) nodes.set(node.name, node);
    if (name !== undefined && nodes.has(name)) break;
    clearTimeout(quiet);
    quiet = setTimeout(stop, QUIET_MS);
  }
  clearTimeout(longest);
  clearTimeout(quiet);
  return { nodes: [...nodes.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1)), unread };
}

const UNREAD = "unread" as const;

/** Undefined for a node that is still asking for its name and serves nothing yet, and for what no node signed. */
function readPong(text: string, id: string): NodeRecord | typeof UNREAD | undefined {
  try {
    const signed = parseOr(Signed, parseJson(text, "pong"), "pong");
    const { from } = parseOr(ReplyBody, parseJson(signed.p, "pong"), "pong");
    const pong = parseRows(Pong, openReply(text, id, [from]), "pong", "version-skew").data;
    return pong.node.key === from && pong.claiming !== true ? pong.node : undefined;
  } catch (error) {
    return FleetError.from(error).code === "version-skew" ? UNREAD : undefined;
  }
}
