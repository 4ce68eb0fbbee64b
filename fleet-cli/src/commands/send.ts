import { FleetError } from "@fleetwire/shared/errors";
import { sendAll, type Piece, type SendWish, type SentAll } from "../client/index.ts";
import { overSelection } from "./broadcast.ts";
import { defineCommand, RUNNING } from "./command.ts";
import { oneOf, text, time, toggle, value, values, whole, type FlagValues } from "./flags.ts";
import { SELECTION, SELECTION_NOTES, SELECTS } from "./selection.ts";
import { bytesOf, piecesOf } from "./send-pieces.ts";
import { pattern } from "./wait-condition.ts";

const FLAGS = {
  ...SELECTION,
  "stdin": toggle("the bytes of standard input, as they are"),
  "file": value("F", "the bytes of a file, as they are", text, { offers: "files" }),
  "no-enter": toggle("without Enter at the end"),
  "keys": values("K…", "keys by name, after the text: C-c, Up, Enter, F5, M-x", text, { greedy: true }),
  "when-idle": toggle("when it waits for its next input; refused while it asks a question"),
  "when": value("STATE", "the same for another state: idle, or blocked, to answer a question", oneOf("idle", "blocked"), { offers: ["idle", "blocked"] }),
  "expect": value("/RE/", "only when its screen matches this regular expression now", pattern),
  "expect-offset": value("N", "only when it has printed nothing since this offset, as 'fleet screen --json' has it", whole(0, Number.MAX_SAFE_INTEGER)),
  "observed": toggle("wait until the program took it and reacted; exit code 124 when that isn't seen in time"),
  "timeout": value("T", "for --when-idle at most so long (else for ever), for --observed (10s)", time),
  "ready-within": value("T", "a program that starts is waited for at most so long after its start (10s)", time),
  "force": toggle("also to a program that isn't ready, or that asks a question"),
  "interrupt": toggle("C-c, or the keys of --keys, before all that waits, which is thrown away"),
};

export default defineCommand({
  args: [{ ...RUNNING, unless: SELECTS }, { name: "TEXT", help: "typed as a person would, with Enter at the end", required: false }],
  flags: FLAGS,
  examples: [
    "fleet send build 'make test'", "fleet send build --keys C-c", "fleet send build --keys Up Up Enter", "fleet send build --no-enter yes", "fleet send build --stdin < prompt.txt",
    "fleet send agent --when-idle --timeout 10m 'now the tests'", "fleet send agent --expect '/Overwrite\\?/' y", "fleet send agent --observed 'are you there?'", "fleet send --tag team=red --all-nodes 'commit and stop'",
  ],
  notes: `Says how far it got: written (the terminal took it), queued (the program isn't reading), observed (with --observed: it took it and reacted), rejected (thrown away).
A program that starts is typed to when it waits for input; C-c never waits.\n${SELECTION_NOTES}`,
  async run(invocation) {
    const { client, output, args, flags, process } = invocation;
    const wish = wishOf(flags);
    const keys = flags.interrupt && flags.keys.length === 0 ? ["C-c"] : flags.keys;
    const said = (typed: string | undefined) => piecesOf({ typed: alone(typed, flags), keys, enter: !flags["no-enter"], bytes: bytesOf(flags, () => process.stdin()) });
    let pieces: Piece[] | undefined;
    const selected = await overSelection(invocation, {
      verb: "type into",
      named: args.length > 1 ? args : [],
      states: ["starting", "running"],
      async work({ session, place }) {
        const sent = await sendAll(client, { session: { id: session.id }, place }, (pieces ??= said(args[0])), wish);
        const { receipt, bytes } = sent;
        if (receipt === "rejected") throw new FleetError("not-running", `the input was rejected after ${bytes} bytes`);
        if (unobserved(sent, wish)) throw new FleetError("timeout", `${receipt}, but no reaction was seen`);
        return { said: `${receipt}: ${bytes} bytes`, record: { receipt, bytes } };
      },
    });
    if (selected !== undefined) return selected;
    const [target = "", typed] = args;
    const sent = await sendAll(client, await client.resolve(target), said(typed), wish);
    for (const note of notesOf(sent, wish)) output.note(note);
    return { json: sent, text: `${sent.receipt}: ${sent.bytes} bytes to ${sent.target}`, quiet: sent.receipt, exit: sent.receipt === "rejected" ? 1 : unobserved(sent, wish) ? 124 : 0 };
  },
});

function wishOf(flags: FlagValues<typeof FLAGS>): SendWish {
  if (flags["when-idle"] && flags.when === "blocked") throw new FleetError("usage", "--when-idle and --when blocked are two states; give one");
  const when = flags["when-idle"] ? "idle" : flags.when;
  const { expect, interrupt: urgent, force, observed, timeout: timeoutMs } = flags;
  if (urgent && (when !== undefined || expect !== undefined)) throw new FleetError("usage", "--interrupt waits for nothing: leave out --when-idle, --when and --expect");
  return { when, force, urgent, observed, timeoutMs, readyMs: ready(flags["ready-within"]), at: flags["expect-offset"], expect: expect === undefined ? undefined : { pattern: expect.source, flags: expect.flags } };
}

const LONGEST_READY_MS = 20_000;

function ready(ms: number | undefined): number | undefined {
  if (ms !== undefined && ms > LONGEST_READY_MS) throw new FleetError("usage", "--ready-within is at most 20 s", { hint: "'fleet wait TARGET --for idle' waits for longer" });
  return ms;
}

/** An interrupt throws text away; it brings none. */
function alone(typed: string | undefined, { interrupt }: { readonly interrupt: boolean }): string | undefined {
  if (interrupt && typed !== undefined) throw new FleetError("usage", "--interrupt goes with --keys, not with TEXT");
  return typed;
}

const unobserved = ({ receipt }: SentAll, { observed }: SendWish) => observed === true && receipt !== "observed" && receipt !== "rejected";

function notesOf(sent: SentAll, wish: SendWish): string[] {
  return [
    ...(sent.receipt === "queued" ? ["the program isn't reading its input; it waits"] : []),
    ...(sent.receipt === "rejected" ? ["what the program had not read was thrown away, by an interrupt or with its end"] : []),
    ...(sent.ready === false && wish.force !== true ? ["the program was not seen to wait for input; it was typed to all the same"] : []),
    ...(sent.signal === undefined ? [] : [`the terminal takes no more input: ${sent.signal} was sent instead of the key`]),
    ...(unobserved(sent, wish) ? ["no reaction of the program was seen"] : []),
  ];
}
