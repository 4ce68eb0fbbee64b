// The screen worker (D9): emulators beside the stream. Whoever waits for a picture comes first, catching up after that;
// everything goes by slices.
import { setImmediate as turn } from "node:timers/promises";
import { parentPort } from "node:worker_threads";
import type { DrawAnswer, DrawRequest, WorkerRequest } from "./messages.ts";
import { Pictures } from "./pictures.ts";

const pictures = new Pictures();
const requests: DrawRequest[] = [];
let working = false;

parentPort?.on("message", (request: WorkerRequest) => {
  if ("forget" in request) {
    pictures.forget(request.forget);
    return;
  }
  requests.push(request);
  if (!working) void work();
});

async function work(): Promise<void> {
  working = true;
  for (let round = 0; requests.length > 0; round++) {
    const index = next(round);
    const request = requests[index] as DrawRequest;
    const answer = await slice(request);
    if (answer !== undefined) {
      requests.splice(requests.indexOf(request), 1);
      parentPort?.postMessage(answer);
    }
    // Messages come in between slices.
    await turn();
  }
  working = false;
}

/** Those with somebody waiting in turn; without any, the others in turn. One of the others every so often, so that it gets on. */
function next(round: number): number {
  const waiting = requests.flatMap(({ draw }, index) => (draw === undefined ? [] : [index]));
  if (waiting.length === 0 || (round % 8 === 7 && waiting.length < requests.length)) return round % requests.length;
  return waiting[round % waiting.length] ?? 0;
}

/** @returns undefined while there is more to do */
async function slice(request: DrawRequest): Promise<DrawAnswer | undefined> {
  const { n, key, draw } = request;
  try {
    const emulator = pictures.for(request);
    if (!(await pictures.advance(emulator, request))) return undefined;
    const picture = draw === undefined ? {} : { picture: emulator.snapshot(draw.format, draw.scrollback) };
    return { n, offset: emulator.offset, wants: emulator.wants, ...picture };
  } catch (error) {
    pictures.forget(key);
    return { n, offset: 0, wants: 0, error: error instanceof Error ? error.message : String(error) };
  }
}
