// What an agent hands to its hook: JSON on stdin, or as the last word of the command line.

/** Longest wait for the agent to say it, milliseconds. */
const WAIT_MS = 2_000;
const LARGEST = 16 * 1024 * 1024;

/** @param word of the command line. @throws SyntaxError when it is no JSON */
export async function readHookInput(word: string | undefined, stdin: () => NodeJS.ReadStream): Promise<unknown> {
  const text = word ?? (await readAll(stdin()));
  return text.trim() === "" ? undefined : JSON.parse(text);
}

function readAll(stream: NodeJS.ReadStream): Promise<string> {
  if (stream.isTTY) return Promise.resolve("");
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const finish = () => {
      clearTimeout(timer);
      stream.destroy();
      resolve(Buffer.concat(chunks).toString("utf8"));
    };
    const timer = setTimeout(finish, WAIT_MS);
    stream.on("data", (chunk: Buffer) => {
      chunks.push(chunk);
      size += chunk.length;
      if (size > LARGEST) finish();
    });
    stream.on("end", finish);
    stream.on("error", finish);
  });
}
