// What the emulator knows and its public interface doesn't tell. The version is pinned by the lock file; the tests that
// compare snapshots with a reference would notice a change.
import type { IBufferCell, Terminal } from "@xterm/headless";

/** Colours and flags, of a cell or of the pen. */
export interface Attributes extends Pick<IBufferCell, "isBold" | "isDim" | "isItalic" | "isBlink" | "isInverse" | "isInvisible" | "isStrikethrough" | "isOverline" | "isUnderline" | "getFgColor" | "getBgColor" | "isFgRGB" | "isFgPalette" | "isBgRGB" | "isBgPalette"> {
  readonly fg: number;
  readonly bg: number;
  readonly extended: { readonly urlId: number; readonly _ext: number };
  hasExtendedAttrs(): number;
  /** 1 single, 2 double, 3 curly, 4 dotted, 5 dashed. */
  getUnderlineStyle(): number;
  getUnderlineColor(): number;
  isUnderlineColorRGB(): boolean;
  isUnderlineColorPalette(): boolean;
}

export type Cell = IBufferCell & Attributes;

export interface ScreenState {
  readonly x: number;
  readonly y: number;
  readonly ybase: number;
  readonly savedX: number;
  /** Counted from the top of the scrollback. */
  readonly savedY: number;
  readonly savedCurAttrData: Attributes;
  readonly scrollTop: number;
  readonly scrollBottom: number;
  readonly tabs: Readonly<Record<number, boolean | undefined>>;
}

export interface EmulatorState {
  readonly pen: Attributes;
  readonly cursorHidden: boolean;
  readonly cursorStyle: string | undefined;
  readonly cursorBlink: boolean | undefined;
  /** `DEFAULT`, `SGR` or `SGR_PIXELS`. */
  readonly mouseEncoding: string;
  /** Which of G0–G3 are line drawing, and which one is in use. */
  readonly graphics: readonly boolean[];
  readonly level: number;
  readonly normal: ScreenState;
  readonly alternate: ScreenState;
  /** The address behind a hyperlink's number. */
  link(urlId: number): { readonly uri: string; readonly id?: string } | undefined;
  /** The last thing was a character, which what comes next may join or repeat. */
  readonly mayJoin: boolean;
  /** Between sequences, not inside one. */
  readonly inGround: boolean;
  /** What `CSI 2 J` does. */
  eraseAll(): void;
  /** Takes bytes at once. The public `write` does it in time slices from a timer, where an error of the emulator ends the process. */
  parse(bytes: Uint8Array): void;
}

interface Core {
  readonly _inputHandler: { readonly _curAttrData: Attributes; readonly _parser: { readonly currentState: number; readonly precedingJoinState: number; reset(): void }; parse(bytes: Uint8Array): unknown; eraseInDisplay(params: { params: readonly number[]; length: number }): unknown };
  readonly coreService: { readonly isCursorHidden: boolean; readonly decPrivateModes: { readonly cursorStyle?: string; readonly cursorBlink?: boolean } };
  readonly coreMouseService: { readonly activeEncoding: string };
  readonly _charsetService: { readonly glevel: number; readonly charset: Readonly<Record<string, string>> | undefined; readonly _charsets: readonly (Readonly<Record<string, string>> | undefined)[] };
  readonly _bufferService: { readonly buffers: { readonly normal: ScreenState; readonly alt: ScreenState } };
  readonly _oscLinkService: { getLinkData(id: number): { readonly uri: string; readonly id?: string } | undefined };
}

/** A view that stays current. */
export function stateOf(terminal: Terminal): EmulatorState {
  const core = (terminal as unknown as { readonly _core: Core })._core;
  return {
    get pen() {
      return core._inputHandler._curAttrData;
    },
    get cursorHidden() {
      return core.coreService.isCursorHidden;
    },
    get cursorStyle() {
      return core.coreService.decPrivateModes.cursorStyle;
    },
    get cursorBlink() {
      return core.coreService.decPrivateModes.cursorBlink;
    },
    get mouseEncoding() {
      return core.coreMouseService.activeEncoding;
    },
    get graphics() {
      const { glevel, charset, _charsets } = core._charsetService;
      // Restoring the cursor changes the set in use and leaves the designations.
      return [0, 1, 2, 3].map((g) => (g === glevel ? charset : _charsets[g])?.["q"] === "─");
    },
    get level() {
      return core._charsetService.glevel;
    },
    get normal() {
      return core._bufferService.buffers.normal;
    },
    get alternate() {
      return core._bufferService.buffers.alt;
    },
    link: (urlId) => (urlId === 0 ? undefined : core._oscLinkService.getLinkData(urlId)),
    get mayJoin() {
      return core._inputHandler._parser.precedingJoinState !== 0;
    },
    get inGround() {
      return core._inputHandler._parser.currentState === 0;
    },
    eraseAll: () => void core._inputHandler.eraseInDisplay({ params: [2], length: 1 }),
    parse(bytes) {
      try {
        core._inputHandler.parse(bytes);
      } catch {
        // Some odd sequence broke the emulator: what is left of this piece is lost to the picture, the rest is drawn.
        core._inputHandler._parser.reset();
      }
    },
  };
}
