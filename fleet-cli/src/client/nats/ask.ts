// A sealed request and its sealed answer, to a node or to the registry.
import { readReply, ReplyBody, sealRequest, subjects, type Contract } from "@fleetwire/shared/bus";
import type { NodeRecord } from "@fleetwire/shared/domain";
import { FleetError, parseJson, parseOr } from "@fleetwire/shared/errors";
import type { OperationId, PublicKey } from "@fleetwire/shared/ids";
import { Signed } from "@fleetwire/shared/keys";
import { newOperationId } from "../operation-id.ts";
import type { AskOptions } from "../types.ts";
import type { Link } from "./link.ts";
import { askUntilAnswered } from "./persistent.ts";

/** Nobody listens on the subject asked. */
export const NOBODY = "nobody" as const;

/** @throws FleetError what the node says, `denied`, `timeout`, `outcome-unknown`, `bad-signature`; `nobody` when it isn't connected */
export function askNode(link: Link, node: NodeRecord, contract: Contract, input: unknown, options: AskOptions): Promise<unknown> {
  const subject = subjects.request(link.settings.fleet, node.pool, node.key, contract.verb, link.settings.key.publicKey as PublicKey);
  return ask(link, { subject, target: node.key, signers: [node.key], contract, input, options, whom: `node ${node.name}` });
}

/** @throws FleetError as `askNode`; `nobody` when the fleet has no registry */
export function askRegistry(link: Link, contract: Contract, input: unknown, options: AskOptions): Promise<unknown> {
  const subject = subjects.query(link.settings.fleet, contract.verb, link.settings.key.publicKey as PublicKey);
  return ask(link, { subject, target: "registry", signers: link.settings.credentials?.facts.registries, contract, input, options, whom: "the registry" });
}

interface Question {
  readonly subject: string;
  readonly target: string;
  /** Who may answer; undefined on a plain NATS, where no key is known beforehand. */
  readonly signers: readonly string[] | undefined;
  readonly contract: Contract;
  readonly input: unknown;
  readonly options: AskOptions;
  readonly whom: string;
}

async function ask({ settings, connection }: Link, { subject, target, signers, contract, input, options, whom }: Question): Promise<unknown> {
  const id = (options.operation ?? newOperationId()) as OperationId;
  const now = Date.now();
  const data = sealRequest({ id, issued: now, deadline: now + options.timeoutMs, target, verb: contract.verb, body: input }, settings.key, settings.jwt);
  let text: string;
  try {
    const request = (timeout: number) => connection.request(subject, data, { timeout });
    const answer = contract.resumable && options.operation !== undefined ? askUntilAnswered(request, options.timeoutMs) : request(options.timeoutMs);
    text = (await abortable(answer, options.signal)).string();
  } catch (error) {
    const failure = requestError(error, contract, whom, settings.credentials?.role);
    if (failure === NOBODY) return NOBODY;
    throw failure;
  }
  const { result, error, version } = readReply(text, id, signers ?? [signerOf(text)]);
  options.onVersion?.(version);
  if (error !== undefined) throw error;
  return result;
}

function abortable<T>(work: Promise<T>, signal?: AbortSignal): Promise<T> {
  if (signal === undefined) return work;
  return new Promise((resolve, reject) => {
    const abort = () => reject(new FleetError("cancelled", "interrupted", { hint: "it may have happened: look before you repeat it" }));
    if (signal.aborted) return abort();
    signal.addEventListener("abort", abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}

function signerOf(text: string): string {
  const signed = parseOr(Signed, parseJson(text, "the answer"), "the answer");
  return parseOr(ReplyBody, parseJson(signed.p, "the answer"), "the answer").from;
}

function requestError(error: unknown, contract: Contract, whom: string, role: string | undefined): FleetError | typeof NOBODY {
  if (error instanceof FleetError) return error;
  const { code = "", message = "" } = error as { code?: string; message?: string };
  if (code === "503") return NOBODY;
  if (code === "PERMISSIONS_VIOLATION") return new FleetError("denied", `${role === undefined ? "this credential" : `the role '${role}'`} may not ask for '${contract.verb}'`, { hint: "ask for a credential of another role: 'fleet hub token --role …'; a hub that is older than this command may not know the question", cause: error });
  if (code === "TIMEOUT") return contract.change ? new FleetError("outcome-unknown", `${whom} did not answer '${contract.verb}' in time`) : new FleetError("timeout", `${whom} did not answer '${contract.verb}' in time`, { hint: "'fleet nodes' shows when it was last heard" });
  if (code === "MAX_PAYLOAD_EXCEEDED") return new FleetError("too-large", "the request is larger than a message may be", { cause: error });
  if (contract.change) return new FleetError("outcome-unknown", `the connection to NATS ended while '${contract.verb}' was asked`, { cause: error });
  return new FleetError("nats-unreachable", `'${contract.verb}' could not be asked: ${message || code}`, { cause: error });
}
