// The modifiers before a key's name: `C-`, `M-`, `S-`, or `Ctrl+`, `Alt+`, `Shift+`.

export interface Modifiers {
  readonly control: boolean;
  readonly meta: boolean;
  readonly shift: boolean;
}

const MODIFIER = /^(C|M|S|Ctrl|Alt|Shift)[-+](?=.)/i;

/** @returns them, and the key that is left */
export function modifiersOf(name: string): Modifiers & { readonly base: string } {
  let rest = name;
  let [control, meta, shift] = [false, false, false];
  for (let match = MODIFIER.exec(rest); match !== null; match = MODIFIER.exec(rest)) {
    const letter = (match[1] ?? "").toLowerCase();
    if (letter === "c" || letter === "ctrl") control = true;
    else if (letter === "s" || letter === "shift") shift = true;
    else meta = true;
    rest = rest.slice(match[0].length);
  }
  // What tmux calls Shift and Tab.
  return rest.toLowerCase() === "btab" ? { base: "Tab", control, meta, shift: true } : { base: rest, control, meta, shift };
}
