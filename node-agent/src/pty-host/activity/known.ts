// What is known of a program's doing, and what that makes it: one pure function for facts as they come, one for the state they
// amount to. The rule over all others: what may be blocked is never called idle. Ranks, best first (docs/agents.md):
// the agent's own report; what the program tells its terminal; a process in front that waits for a line; rules for the screen
// of a known agent; silence.
import type { ActivityState } from "@fleetwire/shared/control";

/** A word that stands until something of its rank says otherwise, or it is proved wrong. */
export interface Claim {
  readonly rank: "report" | "signal";
  readonly state: Exclude<ActivityState, "unknown">;
  readonly reason?: string;
  readonly message?: string;
  readonly evidence: string;
}

/** What a look at a quiet terminal found. */
export type Finding =
  /** A process in front reads a line: somebody is asked. */
  | { readonly kind: "question"; readonly program: string; readonly reason?: string }
  | { readonly kind: "rule"; readonly rule: string; readonly state: "blocked" | "working" | "idle"; readonly reason?: string }
  /** It waits for keys, as prompts, editors and agents do whether or not they ask something. `unread`: on a screen that no rule knows. */
  | { readonly kind: "waits"; readonly program: string; readonly unread?: boolean }
  | { readonly kind: "silence" };

export type Fact =
  | { readonly fact: "reported"; readonly state: ActivityState; readonly reason?: string; readonly message?: string; readonly seq: number; readonly soft?: boolean }
  /** A title or a notification that means something. */
  | { readonly fact: "signalled"; readonly state: ActivityState; readonly reason?: string; readonly by: string }
  /** OSC 133: A and B at the prompt, C a command begins, D it ended. */
  | { readonly fact: "prompt"; readonly mark: string }
  /** OSC 9;4. */
  | { readonly fact: "progress"; readonly busy: boolean }
  | { readonly fact: "printed" }
  /** Printed for a while without a pause: no redrawing of a question. */
  | { readonly fact: "flowing" }
  /** Printed for long and much, without anybody typing: work, whatever was said before. */
  | { readonly fact: "sustained" }
  /** `move`: keys that answer nothing (arrows, the mouse, focus). `stop`: Escape or Ctrl-C alone. */
  | { readonly fact: "typed"; readonly how: "text" | "move" | "stop" }
  /** Somebody attached, or asked for the screen. */
  | { readonly fact: "looked" }
  /** Nothing was printed for a moment; `long`: for so long that it is no pause between two words. */
  | { readonly fact: "quiet"; readonly finding?: Finding; readonly long: boolean }
  /** The program in front when the claim was made is there no more. */
  | { readonly fact: "gone" };

export interface Known {
  readonly claim?: Claim;
  /** Somebody typed since the claim that it is blocked, and nothing newer has come: perhaps answered, perhaps not. */
  readonly answered?: boolean;
  /** As the shell says; undefined while it has never said that one runs. */
  readonly command?: "runs" | "none";
  readonly busy?: boolean;
  readonly finding?: Finding;
  /** Why it counts as working until it has been quiet for long. */
  readonly active?: "output" | "input";
  /** Sequence of the newest report. */
  readonly reported?: number;
}

export interface Doing {
  readonly state: ActivityState;
  readonly reason?: string;
  readonly message?: string;
  readonly evidence?: string;
}

const isAsking = (finding: Finding | undefined): boolean => finding?.kind === "question" || (finding?.kind === "rule" && finding.state === "blocked");

/** Knowledge after one more fact. */
export function learn(known: Known, fact: Fact): Known {
  switch (fact.fact) {
    case "reported":
      return afterReport(known, fact);
    case "signalled":
      return afterSignal(known, fact);
    case "prompt":
      return afterPrompt(known, fact.mark);
    case "progress":
      return { ...known, busy: fact.busy };
    case "printed":
      // A person's typing at the prompt is no work. A redrawn question is still one.
      if (known.command === "none") return known;
      return { ...known, active: known.active ?? "output", finding: isAsking(known.finding) ? known.finding : undefined };
    case "flowing":
      return { ...known, finding: undefined, active: known.active ?? "output" };
    case "sustained":
      return known.claim?.state === "done" || known.claim?.state === "idle" ? { ...known, claim: undefined, active: "output" } : known;
    case "typed":
      return afterTyping(known, fact.how);
    case "looked":
      return seen(known);
    case "quiet": {
      const settled = fact.long || isAsking(fact.finding) || fact.finding?.kind === "rule";
      return { ...known, finding: fact.finding, active: settled ? undefined : known.active };
    }
    case "gone":
      return { ...known, claim: known.claim?.state === "done" ? known.claim : undefined, answered: undefined, busy: false };
  }
}

function afterReport(known: Known, { state, reason, message, seq, soft }: Extract<Fact, { fact: "reported" }>): Known {
  if (known.reported !== undefined && seq <= known.reported) return known;
  const before = known.claim?.state;
  if (soft === true && (before === "blocked" || (before === "done" && state === "idle"))) return { ...known, reported: seq };
  const claim: Claim | undefined = state === "unknown" ? undefined : { rank: "report", state, reason, message, evidence: "report" };
  return { ...known, reported: seq, claim, answered: undefined, finding: undefined, active: undefined };
}

function afterSignal(known: Known, { state, reason, by }: Extract<Fact, { fact: "signalled" }>): Known {
  if (known.claim?.rank === "report") return known;
  // A title falls back to its resting form also while a question stands.
  if ((state === "idle" || state === "unknown") && (known.claim?.state === "blocked" || known.claim?.state === "done")) return known;
  const claim: Claim | undefined = state === "unknown" ? undefined : { rank: "signal", state, reason, evidence: by };
  return { ...known, claim, answered: state === "idle" || state === "unknown" ? known.answered : undefined };
}

function afterPrompt(known: Known, mark: string): Known {
  const isStart = mark === "C";
  const command = isStart ? "runs" : known.command === undefined ? undefined : "none";
  const isOver = known.claim?.rank === "signal" || (isStart && (known.claim?.state === "done" || known.claim?.state === "idle"));
  const claim = isOver ? undefined : known.claim;
  // A shell that never says when a command begins isn't believed about it for longer than it is silent.
  if (command === undefined) return { ...known, claim, finding: { kind: "waits", program: "a prompt" }, active: undefined };
  return { ...known, command, claim, finding: undefined, active: undefined, answered: undefined, busy: false };
}

function afterTyping(known: Known, how: "text" | "move" | "stop"): Known {
  const looked = seen(known);
  if (how === "move") return looked;
  if (known.claim?.state === "blocked") return { ...looked, claim: undefined, finding: undefined, answered: true, active: "input" };
  if (isAsking(known.finding)) return { ...looked, finding: undefined, active: "input" };
  // An agent that is interrupted mostly doesn't say so: what it reported may be over.
  if (how === "stop" && known.claim?.state === "working") return { ...looked, claim: undefined };
  return looked;
}

function seen(known: Known): Known {
  return known.claim?.state === "done" ? { ...known, claim: { ...known.claim, state: "idle", reason: undefined } } : known;
}

/** What it all amounts to. */
export function doingOf(known: Known): Doing {
  const { claim, finding, command, busy, active, answered } = known;
  if (claim !== undefined && !isDisproved(claim, finding)) return { state: claim.state, reason: claim.reason, message: claim.message, evidence: claim.evidence };
  if (finding?.kind === "question" && command !== "none") return { state: "blocked", reason: finding.reason ?? "input", evidence: `${finding.program} waits for a line` };
  if (command === "none") return { state: "idle", evidence: "osc133" };
  if (finding?.kind === "rule") return { state: finding.state, reason: finding.reason, evidence: `rule ${finding.rule}` };
  if (command === "runs") return { state: "working", evidence: "osc133" };
  if (busy === true) return { state: "working", evidence: "progress" };
  if (active !== undefined) return { state: "working", evidence: active };
  if (answered === true) return { state: "unknown", evidence: "input since it was blocked" };
  if (finding?.kind === "waits" && finding.unread === true) return { state: "unknown", evidence: `${finding.program} waits for input on a screen that no rule knows` };
  if (finding?.kind === "waits") return { state: "idle", evidence: `${finding.program} waits for input` };
  return finding?.kind === "silence" ? { state: "idle", evidence: "silence" } : { state: "unknown" };
}

/** Who reads a line doesn't work, whatever it reported. What a title or a notification said yields to any question that is seen. */
function isDisproved({ rank, state }: Claim, finding: Finding | undefined): boolean {
  if (rank === "report") return state === "working" && finding?.kind === "question";
  return state !== "blocked" && isAsking(finding);
}
