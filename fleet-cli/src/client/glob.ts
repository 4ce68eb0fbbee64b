/** `*` stands for any characters, `?` for one; nothing matches an empty text. */
export function matchesGlob(text: string, glob: string): boolean {
  const pattern = glob.replace(/[.*+?^${}()|[\]\\]/g, (char) => (char === "*" ? ".*" : char === "?" ? "." : `\\${char}`));
  return text !== "" && new RegExp(`^${pattern}$`, "s").test(text);
}
