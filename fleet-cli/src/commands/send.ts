import { readFileSync } from "node:fs";
import { FleetError } from "@fleetwire/shared/errors";
import { piecesOfBytes, sendAll, type Piece } from "../client/index.ts";
import { overSelection } from "./broadcast.ts";
import { defineCommand, RUNNING } from "./command.ts";
import { text, toggle, value, values } from "./flags.ts";
import { SELECTION, SELECTION_NOTES, SELECTS } from "./selection.ts";

const MAX_TEXT = 131_072;

export default defineCommand({
  args: [{ ...RUNNING, unless: SELECTS }, { name: "TEXT", help: "typed as a person would, with Enter at the end", required: false }],
  flags: {
    ...SELECTION,
    "stdin": toggle("the bytes of standard input, as they are"),
    "file": value("F", "the bytes of a file, as they are", text, { offers: "files" }),
    "no-enter": toggle("without Enter at the end"),
    "keys": values("K…", "keys by name, after the text: C-c, Up, Enter, F5, M-x", text, { greedy: true }),
  },
  examples: ["fleet send build 'make test'", "fleet send build --keys C-c", "fleet send build --keys Up Up Enter", "fleet send build --no-enter yes", "fleet send build --stdin < prompt.txt", "fleet send --tag team=red --all-nodes 'commit and stop'"],
  notes: `Says how far it got: written (the terminal took it) or queued (the program isn't reading).\n${SELECTION_NOTES}`,
  async run(invocation) {
    const { client, output, args, flags, process } = invocation;
    const said = (typed: string | undefined) => piecesOf({ typed, keys: flags.keys, enter: !flags["no-enter"], bytes: bytesOf(flags, () => process.stdin()) });
    let pieces: Piece[] | undefined;
    const selected = await overSelection(invocation, {
      verb: "type into",
      named: args.length > 1 ? args : [],
      states: ["starting", "running"],
      async work({ session, place }) {
        const { receipt, bytes } = await sendAll(client, { session: { id: session.id }, place }, (pieces ??= said(args[0])));
        if (receipt === "rejected") throw new FleetError("not-running", `the input was rejected after ${bytes} bytes`);
        return { said: `${receipt}: ${bytes} bytes`, record: { receipt, bytes } };
      },
    });
    if (selected !== undefined) return selected;
    const [target = "", typed] = args;
    const sent = await sendAll(client, await client.resolve(target), said(typed));
    if (sent.receipt === "queued") output.note("the program isn't reading its input; it waits");
    return { json: sent, text: `${sent.receipt}: ${sent.bytes} bytes to ${sent.target}`, quiet: sent.receipt, exit: sent.receipt === "rejected" ? 1 : 0 };
  },
});

function bytesOf({ stdin, file }: { stdin: boolean; file: string | undefined }, input: () => NodeJS.ReadStream): Buffer | undefined {
  if (stdin && file !== undefined) throw new FleetError("usage", "--stdin and --file are two sources; give one");
  if (stdin && input().isTTY) throw new FleetError("usage", "--stdin wants a pipe or a file, and standard input is this terminal");
  if (!stdin && file === undefined) return undefined;
  try {
    return readFileSync(file ?? 0);
  } catch (error) {
    throw new FleetError("usage", `${file ?? "standard input"} can't be read: ${(error as Error).message}`, { hint: "give the path of a file that is there" });
  }
}

function piecesOf({ typed, keys, enter, bytes }: { typed: string | undefined; keys: readonly string[]; enter: boolean; bytes: Buffer | undefined }): Piece[] {
  if (typed !== undefined && bytes !== undefined) throw new FleetError("usage", "TEXT and --stdin or --file are two sources; give one");
  if (typed === undefined && bytes === undefined && keys.length === 0) throw new FleetError("usage", "nothing to send: give TEXT, --keys, --stdin or --file");
  if ((typed?.length ?? 0) > MAX_TEXT) throw new FleetError("too-large", `a text has at most ${MAX_TEXT} characters`, { hint: "use --file or --stdin" });
  const pieces = bytes === undefined ? [] : piecesOfBytes(bytes);
  if (typed !== undefined || keys.length > 0) pieces.push({ ...(typed === undefined ? {} : { text: typed }), ...(keys.length > 0 ? { keys: [...keys] } : {}), enter: typed !== undefined && keys.length === 0 && enter });
  return pieces;
}
