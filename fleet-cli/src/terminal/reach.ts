// Which strings reach beyond the screen of whoever looks: the clipboard, the window's title, the desktop, files, a printer.
import type { Sequence } from "./sequence.ts";
import type { Passing } from "./types.ts";

/** Of iTerm2's own strings those that only show or mark something; others copy, download, upload or run. */
const ITERM2_SHOWS = /^0*1337;(?:(?:File|MultipartFile)=(?:[^:]*;)?inline=1\b|FilePart=|FileEnd|SetMark|CurrentDir=|RemoteHost=|ShellIntegrationVersion=|CursorShape=)/;
/** Of ConEmu's commands those that wait, ask, or run something on the viewer's machine. */
const CONEMU_ACTS = /^0*9;0*(?:[1-3]|[5-8]|1[0-2])(?:;|$)/;

export function reachesBeyond({ kind, text, final }: Sequence, { clipboard, titles, notifications }: Passing): boolean {
  // Media copy: to a printer.
  if (kind === "[") return final === "i";
  if (kind !== "]") return false;
  const number = Number(/^\d+/.exec(text)?.[0]);
  switch (number) {
    case 0:
    case 1:
    case 2:
      return !titles;
    case 9:
      return CONEMU_ACTS.test(text) || (!notifications && !/^0*9;(?:4|9)(?:;|$)/.test(text));
    case 52:
      return !clipboard;
    case 99:
      return !notifications;
    case 777:
      // In some terminals the way to any extension.
      return !notifications || !/^0*777;notify;/.test(text);
    case 1337:
      return clipboard && /^0*1337;Copy=/.test(text) ? false : !ITERM2_SHOWS.test(text);
    // Kitty's file transfer and its own clipboard, which asks as well.
    case 5113:
    case 5522:
      return true;
    default:
      return false;
  }
}
