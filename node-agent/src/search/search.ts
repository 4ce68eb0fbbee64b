// Searches of this node's logs: each page on a thread of its own, few at a time, and none for longer than a bound, whatever the
// pattern. The agent's own thread only waits.
import { Worker } from "node:worker_threads";
import { FleetError } from "@fleetwire/shared/errors";
import type { SearchAnswer, SearchQuestion } from "./messages.ts";
import { patternOf } from "./pattern.ts";

const AT_ONCE = 2;
const WAITING = 32;
/** A page ends by itself after this, and is ended after the longer one. */
const PAGE_MS = 2_000;
const STUCK_MS = 8_000;
/** Nobody waits longer for an answer than this and a page. */
const TURN_MS = 20_000;
const MEMORY_MB = 128;

export interface Search {
  /** @throws FleetError `bad-input` for a pattern that is none, `slow-pattern`, `no-room` */
  page(question: Omit<SearchQuestion, "withinMs">): Promise<SearchAnswer>;
}

/** @param workerFile the bundled worker */
export function createSearch(workerFile: URL): Search {
  let free = AT_ONCE;
  const waiting = new Set<() => void>();

  /** Until it is this one's turn. @throws FleetError `no-room` */
  async function turn(): Promise<void> {
    if (free > 0) {
      free--;
      return;
    }
    if (waiting.size >= WAITING) throw busy();
    await new Promise<void>((resolve, reject) => {
      const go = () => {
        clearTimeout(timer);
        waiting.delete(go);
        resolve();
      };
      const timer = setTimeout(() => {
        waiting.delete(go);
        reject(busy());
      }, TURN_MS);
      waiting.add(go);
    });
  }

  function next(): void {
    const [first] = waiting;
    if (first === undefined) free++;
    else first();
  }

  return {
    async page(question) {
      // Here, so that what is no pattern costs no thread.
      patternOf(question.pattern);
      await turn();
      try {
        return await ask(workerFile, { ...question, withinMs: PAGE_MS });
      } finally {
        next();
      }
    },
  };
}

async function ask(workerFile: URL, question: SearchQuestion): Promise<SearchAnswer> {
  const worker = new Worker(workerFile, { name: "search", env: {}, execArgv: [], workerData: question, resourceLimits: { maxOldGenerationSizeMb: MEMORY_MB } });
  // An agent that stops doesn't wait for it.
  worker.unref();
  let timer: NodeJS.Timeout | undefined;
  try {
    return await new Promise<SearchAnswer>((resolve, reject) => {
      timer = setTimeout(() => reject(new FleetError("slow-pattern", `no end of '${question.pattern.text.slice(0, 80)}' was found in ${STUCK_MS / 1000} s`)), STUCK_MS);
      worker.once("message", resolve);
      worker.once("error", (error) => reject(new FleetError("internal", `the search failed: ${error.message}`, { cause: error })));
      worker.once("exit", () => reject(new FleetError("internal", "the search ended without an answer")));
    });
  } finally {
    clearTimeout(timer);
    await worker.terminate();
  }
}

const busy = (): FleetError => new FleetError("no-room", "too many searches are under way on this node", { hint: "try again in a moment" });
