// Keys that a terminal itself makes a signal of: typed alone they overtake whatever waits (D8).
import type { ToType } from "./typing.ts";

const SIGNALS: Readonly<Record<string, NodeJS.Signals>> = { "c-c": "SIGINT", "ctrl+c": "SIGINT", "ctrl-c": "SIGINT", "c-\\": "SIGQUIT", "ctrl+\\": "SIGQUIT", "c-z": "SIGTSTP", "ctrl+z": "SIGTSTP" };

/** @returns the signal of the one key that is typed; undefined for anything else */
export function interruptSignal({ text = "", data = "", keys = [], enter }: ToType): NodeJS.Signals | undefined {
  const [key, ...others] = keys;
  return text === "" && data === "" && !enter && key !== undefined && others.length === 0 ? SIGNALS[key.toLowerCase()] : undefined;
}
