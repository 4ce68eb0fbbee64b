// A screen as data: what a person sees, so that it can be read, compared and drawn again without a terminal emulator.
import * as z from "zod/mini";
import { Size } from "./session.ts";

/** One of the terminal's 256 colours by number, or `#rrggbb`. Absent: the terminal's own. */
const ScreenColor = z.union([z.int().check(z.gte(0), z.lte(255)), z.string().check(z.regex(/^#[0-9a-f]{6}$/))]);
export type ScreenColor = z.infer<typeof ScreenColor>;

export const UNDERLINES = ["single", "double", "curly", "dotted", "dashed"] as const;
const on = z.optional(z.literal(true));

/** Only what is set is there. */
const ScreenStyle = z.object({
  fg: z.optional(ScreenColor),
  bg: z.optional(ScreenColor),
  bold: on,
  dim: on,
  italic: on,
  underline: z.optional(z.enum(UNDERLINES)),
  underlineColor: z.optional(ScreenColor),
  blink: on,
  /** Foreground and background change places. */
  inverse: on,
  /** Printed, and not shown. */
  hidden: on,
  strike: on,
  overline: on,
  /** An address of http, https or mailto; others are left out. */
  link: z.optional(z.string().check(z.maxLength(2048))),
});
export type ScreenStyle = z.infer<typeof ScreenStyle>;

/**
 * Neighbouring cells of one look. `width`: columns of the whole run. A code point is a cell, of two columns with `wide`; with
 * `cluster` all of the text is one character. Cells that nothing was printed in are blanks.
 */
export const ScreenRun = z.extend(ScreenStyle, { text: z.string(), width: z.int().check(z.gte(1)), wide: on, cluster: on });
export type ScreenRun = z.infer<typeof ScreenRun>;

/** From the first column on; what comes after its runs is blank. `wrapped`: it goes on with the row above. */
export const ScreenRow = z.object({ wrapped: on, runs: z.array(ScreenRun) });
export type ScreenRow = z.infer<typeof ScreenRow>;

/** `row` and `col` count from 0, from the screen's upper left. */
export const ScreenCursor = z.object({ row: z.int(), col: z.int(), visible: z.boolean(), shape: z.enum(["block", "underline", "bar"]), blinking: z.boolean() });
export type ScreenCursor = z.infer<typeof ScreenCursor>;

/** What a program has asked its terminal for, as far as it matters to whoever types or looks. */
export const ScreenModes = z.object({
  /** A full-screen program's own screen, without scrollback. */
  alternateScreen: z.boolean(),
  bracketedPaste: z.boolean(),
  applicationCursor: z.boolean(),
  applicationKeypad: z.boolean(),
  mouse: z.enum(["none", "x10", "vt200", "drag", "any"]),
  focusEvents: z.boolean(),
});
export type ScreenModes = z.infer<typeof ScreenModes>;

/** Text in it has no control characters, and none that change the direction of what follows. */
export const ScreenPicture = z.object({
  size: Size,
  cursor: ScreenCursor,
  modes: ScreenModes,
  title: z.string(),
  /** Rows of scrollback before those of the screen. */
  above: z.int(),
  /** Blank lines at the end are left out. With `join` lines that wrap are one. */
  lines: z.array(z.string()),
  /** All rows, scrollback first; absent unless cells were asked for. */
  rows: z.optional(z.array(ScreenRow)),
});
export type ScreenPicture = z.infer<typeof ScreenPicture>;

/** A part of a picture that fits an answer: its lines, and its rows where asked for, from number `from` on. */
export const ScreenPage = z.extend(ScreenPicture, {
  from: z.int(),
  /** Number of the first line that is not in this page; null: this is the last one. */
  next: z.nullable(z.int()),
  /** Lines, or with cells rows, of the whole picture. */
  total: z.int(),
  /** A line was too long for a page by itself, and is cut. */
  cut: on,
});
export type ScreenPage = z.infer<typeof ScreenPage>;
