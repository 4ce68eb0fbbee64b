// What a program tells its terminal beside what is drawn: title, notification, prompt marks, directory, progress.
import type { TerminalSignal } from "@fleetwire/shared/control";
import type { Text } from "./scanner.ts";

export type Said = Omit<TerminalSignal, "offset" | "at">;

const LONGEST = 256;
/** Control characters, and those that reorder or hide what stands beside them. */
// eslint-disable-next-line no-control-regex -- control characters are what is being removed
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;
const PROGRESS = ["none", "normal", "error", "unknown", "paused"];

/** @returns undefined for a string that says none of it */
export function saidBy({ kind, text, whole }: Text): Said | undefined {
  if (kind !== "]") return undefined;
  const semicolon = text.indexOf(";");
  const [number, rest] = semicolon < 0 ? [text, ""] : [text.slice(0, semicolon), text.slice(semicolon + 1)];
  switch (number) {
    case "0":
    case "2":
      return { kind: "title", text: clean(rest) };
    case "9":
      return windowsTerminal(rest, whole);
    case "777":
      return rest.startsWith("notify;") ? notification(rest.slice("notify;".length).split(";")) : undefined;
    case "99":
      return kittyNotification(rest, whole);
    case "133":
      return promptMark(rest);
    case "7":
      return whole ? directory(pathOf(rest)) : undefined;
    default:
      return undefined;
  }
}

/** iTerm2's notification, or one of ConEmu's commands. */
function windowsTerminal(rest: string, whole: boolean): Said | undefined {
  const command = /^(\d{1,2})(?:;(.*))?$/s.exec(rest);
  if (command === null) return notification([rest]);
  const [, number, value = ""] = command;
  if (number === "9") return whole ? directory(value.replace(/^"(.*)"$/, "$1")) : undefined;
  if (number === "4") return progress(value);
  // Its other commands say nothing; a number alone is somebody's text.
  return value === "" && !rest.includes(";") ? notification([rest]) : undefined;
}

function progress(value: string): Said | undefined {
  const [, state, percent] = /^([0-4])(?:;(\d{1,3}))?;?$/.exec(value) ?? [];
  const text = PROGRESS[Number(state)];
  if (text === undefined) return undefined;
  return percent === undefined ? { kind: "progress", text } : { kind: "progress", text, code: Math.min(100, Number(percent)) };
}

/** The title of a notification of Kitty's protocol; its other parts (body, buttons, icon) come in strings of their own. */
function kittyNotification(rest: string, whole: boolean): Said | undefined {
  const [settings = "", ...payload] = rest.split(";");
  const fields = settings.split(":");
  if (fields.some((field) => field.startsWith("p=") && field !== "p=title")) return undefined;
  const text = payload.join(";");
  if (!fields.includes("e=1")) return notification([text]);
  return whole ? notification([Buffer.from(text, "base64").toString("utf8")]) : undefined;
}

function notification(parts: readonly string[]): Said | undefined {
  const text = clean(parts.filter((part) => part !== "").join(": "));
  return text === "" ? undefined : { kind: "notification", text };
}

function promptMark(rest: string): Said | undefined {
  const [, mark, code] = /^([ABCD])(?:;(-?\d{1,9}))?/.exec(rest) ?? [];
  if (mark === undefined) return undefined;
  return mark === "D" && code !== undefined ? { kind: "prompt", text: mark, code: Number(code) } : { kind: "prompt", text: mark };
}

function directory(path: string | undefined): Said | undefined {
  const text = clean(path ?? "");
  // Half a path is another one.
  return path === undefined || text === "" || text.length < path.length ? undefined : { kind: "directory", text };
}

function pathOf(url: string): string | undefined {
  try {
    const { protocol, pathname } = new URL(url);
    return protocol === "file:" || protocol === "kitty-shell-cwd:" ? decodeURIComponent(pathname) : undefined;
  } catch {
    return undefined;
  }
}

function clean(text: string): string {
  const printable = text.replace(UNPRINTABLE, "");
  return printable.length > LONGEST ? `${printable.slice(0, LONGEST - 1)}…` : printable;
}
