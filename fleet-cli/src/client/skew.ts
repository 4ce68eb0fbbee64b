// Two releases that talk to each other: what one doesn't know is said in one line that names both, and which is to be updated.
import type { Contract, OutputOf } from "@fleetwire/shared/bus";
import { FleetError, parseRows } from "@fleetwire/shared/errors";

/** Who answered. */
export interface Peer {
  /** `node beta`, `this machine's node`, `the registry`. */
  readonly name: string;
  /** Its release; undefined when it doesn't say (before 0.2). */
  readonly version?: string;
  /** Its program lies on this machine, beside this command. */
  readonly local: boolean;
}

const SKEWED: readonly string[] = ["version-skew", "unknown-verb"];

/** The error itself unless two releases are its reason. @param own this command's release */
export function explainSkew(error: unknown, peer: Peer, own: string): unknown {
  if (!(error instanceof FleetError) || !SKEWED.includes(error.code)) return error;
  return new FleetError(error.code, `${peer.name} runs Fleetwire ${peer.version ?? "of another release"}, this command is ${own}: ${error.message}`, { hint: hintFor(peer, own) ?? error.hint, cause: error });
}

/**
 * The answer as this release understands it. Elements of lists that it can't read are left out, with a note for each.
 * @throws FleetError `version-skew`
 */
export function readAnswer<C extends Contract>(contract: C, answer: unknown, peer: Peer, own: string, note: (text: string) => void): OutputOf<C> {
  try {
    const { data, left } = parseRows(contract.output as C["output"], answer, `its answer to '${contract.verb}'`, "version-skew");
    for (const each of left) note(leftOut(each, peer, own));
    return data;
  } catch (error) {
    // It answered, so it has done it.
    const said = contract.change && error instanceof FleetError ? new FleetError(error.code, `${error.message}; what was asked has been done`) : error;
    throw explainSkew(said, peer, own);
  }
}

function leftOut(row: string, peer: Peer, own: string): string {
  return `left out, because this command (${own}) can't read it: ${row} (${peer.name} runs ${peer.version ?? "another release"})`;
}

/** About an agent that goes on running after its program was replaced; undefined when both are the same. */
export function otherRelease(peer: Peer, own: string): string | undefined {
  if (peer.version === undefined || peer.version === own) return undefined;
  return `${peer.name} runs Fleetwire ${peer.version}, and this command is ${own}: ${hintFor(peer, own) ?? "bring both to the same release"}`;
}

function hintFor({ name, version, local }: Peer, own: string): string | undefined {
  const order = version === undefined ? undefined : compareVersions(version, own);
  if (order === undefined || order === 0) return undefined;
  if (order > 0) return `update this command to ${version}`;
  return local ? "'fleet up --restart' starts the installed release; sessions go on" : `install ${own} where ${name} runs, and type 'fleet up --restart' there; its sessions go on`;
}

/** Below, at or above 0 as `a` is older than, the same as or newer than `b`. A pre-release is older than its release. */
function compareVersions(a: string, b: string): number {
  const [left, right] = [a, b].map((text) => {
    const [numbers = "", ...rest] = text.split("-");
    return { numbers: numbers.split(".").map(Number), rest: rest.join("-") };
  }) as [{ numbers: number[]; rest: string }, { numbers: number[]; rest: string }];
  for (let at = 0; at < 3; at++) {
    const difference = (left.numbers[at] ?? 0) - (right.numbers[at] ?? 0);
    if (difference !== 0) return difference;
  }
  if (left.rest === right.rest) return 0;
  return left.rest === "" ? 1 : right.rest === "" ? -1 : left.rest < right.rest ? -1 : 1;
}
