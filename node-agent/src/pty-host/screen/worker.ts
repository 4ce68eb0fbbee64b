// The screen worker (D9): emulators beside the stream. Whoever waits for a picture or a look comes first, catching up after
// that; everything goes by slices.
import { setImmediate as turn } from "node:timers/promises";
import { parentPort } from "node:worker_threads";
import type { Look } from "../terminal/questions.ts";
import type { DrawAnswer, DrawRequest, WorkerRequest } from "./messages.ts";
import { Pictures } from "./pictures.ts";

interface Waiting {
  readonly request: DrawRequest;
  readonly cameAt: number;
  /** What was seen so far of what it wants to look at. */
  readonly looks: Look[];
}

const pictures = new Pictures();
/** By session, in the order they came: a later one never wants an earlier offset. */
const queues = new Map<string, Waiting[]>();
let working = false;

parentPort?.on("message", (request: WorkerRequest) => {
  if ("forget" in request) {
    pictures.forget(request.forget);
    return;
  }
  const { key } = request;
  const queue = queues.get(key) ?? [];
  // Whoever only wanted to catch up is served by the one who wants a picture.
  const waiting = request.draw === undefined ? queue : queue.filter((one) => isAwaited(one) || !answered(one, true));
  queues.set(key, [...waiting, { request, cameAt: performance.now(), looks: [] }]);
  if (!working) void work();
});

async function work(): Promise<void> {
  working = true;
  for (let round = 0; queues.size > 0; round++) {
    const queue = next(round);
    const [first] = queue;
    if (first !== undefined && answered(first, false)) queue.shift();
    if (first !== undefined && queue.length === 0) queues.delete(first.request.key);
    // Messages come in between slices.
    await turn();
  }
  working = false;
}

/** Sessions with somebody waiting in turn; without any, the others in turn. One of the others every so often, so that it gets on. */
function next(round: number): Waiting[] {
  const all = [...queues.values()];
  const awaited = all.filter((queue) => queue.some(isAwaited));
  const turns = awaited.length === 0 || (round % 8 === 7 && awaited.length < all.length) ? all : awaited;
  return turns[round % turns.length] ?? [];
}

function isAwaited({ request: { draw, looks, keep } }: Waiting): boolean {
  return draw !== undefined || looks !== undefined || keep === true;
}

/** One slice for a request. @param asFarAsItIs answers without going further @returns whether it was answered */
function answered(waiting: Waiting, asFarAsItIs: boolean): boolean {
  const answer = asFarAsItIs ? progress(waiting) : slice(waiting);
  if (answer !== undefined) parentPort?.postMessage(answer);
  return answer !== undefined;
}

/** @returns undefined while there is more to do */
function slice(waiting: Waiting): DrawAnswer | undefined {
  const { request, cameAt, looks } = waiting;
  const { n, key, draw } = request;
  try {
    const picture = pictures.for(request);
    const upTo = request.looks?.[looks.length] ?? request.upTo;
    const arrived = picture.advance({ ...request, upTo });
    if (arrived && request.looks !== undefined && looks.push(picture.emulator.look()) < request.looks.length) return undefined;
    const isLate = performance.now() - cameAt > (draw?.withinMs ?? Number.POSITIVE_INFINITY);
    if (!arrived && !(isLate && picture.isExact)) return undefined;
    if (request.keep === true) pictures.keep(request, picture);
    return { ...progress(waiting), ...(draw === undefined ? {} : { picture: picture.emulator.snapshot(draw.format, draw.scrollback, draw) }) };
  } catch (error) {
    pictures.forget(key);
    return { n, offset: 0, reached: 0, wants: 0, error: error instanceof Error ? error.message : String(error) };
  }
}

function progress({ request, looks }: Waiting): DrawAnswer {
  const { emulator, reached, wants } = pictures.for(request);
  return { n: request.n, offset: emulator.offset, reached, wants, ...(request.looks === undefined ? {} : { looks }) };
}
