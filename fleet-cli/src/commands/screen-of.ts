// One session's screen, in the form that was asked for. Whatever a program has drawn is data: nothing of it acts on the reader.
import { ScreenPicture, type SessionRecord } from "@fleetwire/shared/domain";
import { FleetError, parseJson, parseOr } from "@fleetwire/shared/errors";
import { OutputNeutraliser, shownText } from "@fleetwire/shared/plain";
import type { FleetClient, Place, StreamRequest } from "../client/index.ts";
import type { Ref } from "@fleetwire/shared/bus";

export interface ScreenWish {
  readonly scrollback?: number;
  readonly join?: boolean;
}

type Format = "text" | "ansi" | "facts" | "cells";
type Address = { readonly place: Place; readonly session?: Ref };

interface Drawn {
  readonly session: SessionRecord;
  readonly header: { readonly cols: number; readonly rows: number; readonly offset: number; readonly cursor?: { x: number; y: number; visible?: boolean }; readonly title?: string };
  readonly text: string;
}

/** Lines, with colours for `ansi`. @throws FleetError `connection-lost` and what an attach throws */
export async function screenText(client: FleetClient, address: Address, format: "text" | "ansi", wish: ScreenWish): Promise<string> {
  const { text } = await drawn(client, address, format, wish);
  const lines = text.replace(/\n$/, "").split("\n");
  return lines.map(format === "text" ? shownText : shownAnsi).join("\n");
}

/** @throws FleetError as `screenText`; `version-skew` when its host is older than cells */
export async function screenCells(client: FleetClient, address: Address, wish: ScreenWish): Promise<ScreenPicture> {
  return pictureOf(await drawn(client, address, "cells", wish));
}

/** The document of `--json`. @throws FleetError as `screenText` */
export async function screenRecord(client: FleetClient, address: Address, wish: ScreenWish & { readonly cells: boolean }): Promise<object> {
  const { session, header, text } = await drawn(client, address, wish.cells ? "cells" : "facts", wish).catch((error: unknown) => {
    // Of a session that an older release's host still has: what that can say.
    if (wish.cells || FleetError.from(error).code !== "version-skew") throw error;
    return drawn(client, address, "text", wish);
  });
  const { cols, rows, offset, cursor, title } = header;
  const about = { target: session.target, cols, rows, state: session.state, activity: session.activity, offset };
  if (!text.startsWith("{")) return { ...about, cursor: cursor ?? null, title: title === undefined ? null : shownText(title), text };
  const { rows: cells, ...picture } = pictureOf({ text });
  const { row, col, ...look } = picture.cursor;
  return { ...about, ...picture, title: picture.title === "" ? null : picture.title, cursor: { x: col, y: row, row, col, ...look }, text: picture.lines.map((line) => `${line}\n`).join(""), ...(cells === undefined ? {} : { cells }) };
}

async function drawn(client: FleetClient, address: Address, format: Format, { scrollback, join }: ScreenWish): Promise<Drawn> {
  const want = { kind: "screen", format, scrollback, ...(join === true ? { join } : {}) } as const;
  const request: StreamRequest = { want, scope: "read" };
  try {
    await using stream = await client.openStream(address, request);
    for await (const event of stream) if (event.kind === "snapshot") return { session: stream.session, header: event.header, text: event.bytes.toString("utf8") };
  } catch (error) {
    const { code } = FleetError.from(error);
    if (code === "bad-input") throw new FleetError("version-skew", "the session's host is of an older release, which draws text alone", { hint: "sessions that are started from now on have a new one", cause: error });
    throw error;
  }
  throw new FleetError("connection-lost", "the screen did not come");
}

/** The other side may be anybody's: what it says is made harmless here as well. */
function pictureOf({ text }: Pick<Drawn, "text">): ScreenPicture {
  const picture = parseOr(ScreenPicture, parseJson(text, "the screen"), "the screen", "version-skew");
  return {
    ...picture,
    title: shownText(picture.title),
    lines: picture.lines.map(shownText),
    ...(picture.rows === undefined ? {} : { rows: picture.rows.map(({ runs, ...row }) => ({ ...row, runs: runs.map((run) => ({ ...run, text: shownText(run.text), ...(run.link === undefined ? {} : { link: shownText(run.link) }) })) })) }),
  };
}

/** Colours stay. */
function shownAnsi(line: string): string {
  const harmless = new OutputNeutraliser({ strip: false }).feed(Buffer.from(line)).toString("utf8");
  // eslint-disable-next-line no-control-regex -- sequences begin with ESC
  return harmless.split(/(\u001b\[[0-9;:]*m)/).map((part, at) => (at % 2 === 1 ? part : shownText(part))).join("");
}
