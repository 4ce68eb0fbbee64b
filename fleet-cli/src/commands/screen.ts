import { FleetError } from "@fleetwire/shared/errors";
import { printable } from "@fleetwire/shared/ids";
import type { Aim, FleetClient, Outcome as Came } from "../client/index.ts";
import { defineCommand, TARGET, type Outcome } from "./command.ts";
import { text, toggle, value, whole, type Reader } from "./flags.ts";
import { NewFile } from "./new-file.ts";
import { screenCells, screenRecord, screenText, type ScreenWish } from "./screen-of.ts";
import { nodesOf, SELECTION, SELECTION_NOTES, SELECTS, sessionsOf } from "./selection.ts";

const MOST = 100_000;
const lines: Reader<number> = (given, flag) => (given === "all" ? MOST : whole(0, MOST)(given, flag));
const { "dry-run": _noChange, ...WHICH } = SELECTION;

export default defineCommand({
  args: [{ ...TARGET, unless: SELECTS, many: true }],
  flags: {
    "ansi": toggle("with colours, as escape sequences"),
    "scrollback": value("N", "also so many lines above it, or 'all'", lines, { offers: ["all"] }),
    "join": toggle("lines that wrap are one line"),
    "cells": toggle("with --json: also the cells, in runs of one look"),
    "svg": value("FILE", "a picture, with colours and cursor; - is standard output", text, { offers: "files" }),
    "force": toggle("replace FILE when it is there", "f"),
    ...WHICH,
  },
  examples: ["fleet screen build", "fleet screen build --ansi", "fleet screen api web --scrollback 20", "fleet screen --state blocked --all-nodes", "fleet screen build --json --cells", "fleet screen build --svg build.svg"],
  notes: `Of a session that has ended: the last one. What a program has drawn can't act on your terminal.\nOf several each has a header; with --json they are an array.\n${SELECTION_NOTES}`,
  async run({ client, output, args, flags }) {
    if (flags.cells && !output.json) throw new FleetError("usage", "--cells is of the JSON document", { hint: "give --json as well" });
    if (flags.cells && flags.join) throw new FleetError("usage", "--cells are rows as they stand on the screen; --join makes lines of them");
    if (flags.svg !== undefined && (flags.ansi || flags.cells || flags.join)) throw new FleetError("usage", "--svg is a form of its own, without --ansi, --cells and --join");
    const wish = { scrollback: flags.scrollback, join: flags.join };
    const format = flags.ansi ? "ansi" : "text";
    const which = sessionsOf({ ...flags, "dry-run": false }, ["starting", "running"]);
    const [only = "", ...others] = args;
    if (which !== undefined && only !== "") throw new FleetError("usage", `'${printable(only)}' names a session, and the flags select some; not both`);
    if (which !== undefined || others.length > 0) {
      if (flags.svg !== undefined) throw new FleetError("usage", "--svg is of one session");
      const { aims, failures } = which === undefined ? { aims: named(client, args), failures: [] } : await selected(client, { nodes: nodesOf(flags), sessions: which }, (note) => output.note(note));
      const show = async ({ at }: At) => (output.json ? screenRecord(client, await at(), { ...wish, cells: flags.cells }) : screenText(client, await at(), format, wish));
      return several([...(await client.broadcast(aims, show)), ...failures]);
    }
    const address = await client.resolve(only);
    if (flags.svg !== undefined) return picture(client, address, wish, { path: flags.svg, force: flags.force });
    if (output.json) return { json: await screenRecord(client, address, { ...wish, cells: flags.cells }) };
    return { text: await screenText(client, address, format, wish) };
  },
});

type Address = Parameters<typeof screenText>[1];
interface At extends Aim {
  readonly at: () => Promise<Address>;
}

function named(client: FleetClient, targets: readonly string[]): At[] {
  return [...new Set(targets)].map((target) => ({ target, node: "", at: () => client.resolve(target) }));
}

async function selected(client: FleetClient, selection: Parameters<FleetClient["select"]>[0], note: (text: string) => void): Promise<{ aims: At[]; failures: readonly (Aim & { error: FleetError })[] }> {
  const { sessions, failures, notes } = await client.select(selection);
  for (const one of notes) note(one);
  if (sessions.length === 0 && failures.length === 0) note("no session is selected");
  return { aims: sessions.map(({ session, place }) => ({ target: session.target, node: session.node, at: () => Promise.resolve({ place, session: { id: session.id } }) })), failures };
}

function several(came: readonly Came<string | object>[]): Outcome {
  const shown = came.map((each) => `==> ${each.target} <==\n${each.error === undefined ? (typeof each.result === "string" ? each.result : "") : `${each.error.code}: ${each.error.message}`}`);
  return {
    json: came.map((each) => (each.error === undefined ? each.result : { target: each.target, ok: false, error: each.error.toRecord() })),
    text: shown.join("\n\n"),
    quiet: came.filter(({ error }) => error === undefined).map(({ target }) => target).join("\n"),
    exit: came.some(({ error }) => error !== undefined) ? 1 : 0,
  };
}

async function picture(client: FleetClient, address: Address, wish: ScreenWish, { path, force }: { readonly path: string; readonly force: boolean }): Promise<Outcome> {
  const { drawSvg } = await import("../drawing/index.ts");
  const cells = await screenCells(client, address, wish);
  const svg = drawSvg(cells);
  if (path === "-") return { json: { svg }, text: svg.trimEnd() };
  await using file = await NewFile.create(path, force);
  await file.write(svg);
  const bytes = await file.place();
  return { json: { file: path, bytes, cols: cells.size.cols, rows: cells.size.rows }, text: `${path}: ${cells.size.cols} × ${cells.size.rows}, ${bytes} bytes`, quiet: path };
}
