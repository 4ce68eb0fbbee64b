/** A line that goes on for longer is none. */
const MAX_LINE = 64 * 1024 * 1024;
const NEWLINE = 0x0a;

/**
 * The lines of a file, numbered from 1, while it is read.
 * @throws what `tooLong` makes of a line's number
 */
export async function* linesOf(chunks: AsyncIterable<Uint8Array>, tooLong: (number: number) => Error): AsyncGenerator<{ readonly text: string; readonly number: number }, undefined> {
  let number = 1;
  let parts: Uint8Array[] = [];
  let length = 0;
  const take = (part: Uint8Array) => {
    parts.push(part);
    length += part.length;
    if (length > MAX_LINE) throw tooLong(number);
  };
  const line = () => {
    const text = Buffer.concat(parts).toString("utf8");
    parts = [];
    length = 0;
    return { text, number: number++ };
  };
  for await (const chunk of chunks) {
    let from = 0;
    for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, from)) {
      take(chunk.subarray(from, at));
      yield line();
      from = at + 1;
    }
    take(chunk.subarray(from));
  }
  if (length > 0) yield line();
  return undefined;
}
