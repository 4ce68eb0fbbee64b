import type { ToolContext } from "./tool.ts";

const PROGRESS_MS = 5_000;

/** Tells the client at once and every few seconds that this is still under way: many wait for longer then. @param seconds the longest it may take */
export async function telling<T>(progress: ToolContext["progress"], seconds: number, text: string, work: () => Promise<T>): Promise<T> {
  const began = Date.now();
  const tell = () => progress((Date.now() - began) / 1000, seconds, text);
  const told = setInterval(tell, PROGRESS_MS);
  tell();
  try {
    return await work();
  } finally {
    clearInterval(told);
  }
}
