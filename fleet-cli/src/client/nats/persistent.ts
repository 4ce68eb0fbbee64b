// A change that its node does once under its id may be asked for until it is answered: the agent may have died with the answer.
import { setTimeout as sleep } from "node:timers/promises";

/** Without an answer for so long it is asked again; whoever still works on it answers both. */
const AGAIN_MS = 5_000;
/** A node that was there and is away now may be starting. */
const AWAY_MS = 500;

/** @param ask within this time, milliseconds. @throws what `ask` throws: a missing answer when the time is over, and nobody there the first time */
export async function askUntilAnswered<T>(ask: (timeoutMs: number) => Promise<T>, timeoutMs: number): Promise<T> {
  const until = Date.now() + timeoutMs;
  for (let asked = false; ; ) {
    const left = until - Date.now();
    try {
      return await ask(Math.max(1, Math.min(AGAIN_MS, left)));
    } catch (error) {
      const { code } = error as { code?: string };
      const silent = code === "TIMEOUT";
      if ((!silent && !(code === "503" && asked)) || left <= AGAIN_MS) throw error;
      asked = true;
      if (!silent) await sleep(AWAY_MS);
    }
  }
}
