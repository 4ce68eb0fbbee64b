// The host's side of the screen worker: started at first need, asked for pictures, told to catch up now and then so that a
// picture of a session that prints much is near when somebody wants it.
import { Worker } from "node:worker_threads";
import { FleetError } from "@fleetwire/shared/errors";
import type { OutputStore } from "../output/output-store.ts";
import type { Look } from "../terminal/questions.ts";
import type { PageWish } from "./draw-page.ts";
import type { Format, Snapshot } from "./emulator.ts";
import type { DrawAnswer, DrawRequest, SizedFrom, WorkerRequest } from "./messages.ts";

/** A session whose picture is this much behind is caught up, bytes. */
const CATCH_UP = 1024 * 1024;
/** While the log can't be written, what memory lets go is gone for the picture too. */
const CATCH_UP_UNLOGGED = 256 * 1024;
/** The log waits this long for the picture before it lets a segment go, bytes. */
const MAX_BEHIND = 1024 * 1024 * 1024;

/** A picture of the present may be so old when it is asked for, milliseconds. */
const SHARED_MS = 50;

export interface Drawable {
  readonly key: string;
  readonly output: OutputStore;
  /** Where this life's output begins. */
  readonly lifeStart: number;
  readonly sizes: readonly SizedFrom[];
}

export interface Picture extends Snapshot {
  readonly offset: number;
}

interface Progress {
  /** Everything before it has been read for the picture. */
  reached: number;
  /** First byte that the picture may still want. */
  wants: number;
  busy: number;
  present?: { readonly at: number; readonly picture: Promise<Picture> };
}

export class Screens implements AsyncDisposable {
  readonly #workerFile: URL;
  #worker: Worker | undefined;
  #last = 0;
  readonly #waiting = new Map<number, { readonly resolve: (answer: DrawAnswer) => void; readonly reject: (error: Error) => void }>();
  readonly #progress = new Map<string, Progress>();

  /** @param workerFile the bundled worker; it is started with the first picture */
  constructor(workerFile: URL) {
    this.#workerFile = workerFile;
  }

  /**
   * The picture of everything printed so far, for whoever only looks at it.
   * @param join lines that wrap are one. @throws FleetError `internal` when the worker fails
   */
  async show(session: Drawable, format: Format, { scrollback = 0, join = false, page }: { readonly scrollback?: number; readonly join?: boolean; readonly page?: PageWish }): Promise<Picture> {
    return this.#draw(session, { format, scrollback, join, page });
  }

  /**
   * The picture of everything printed so far. @param withinMs an older one when it would take longer than this
   * @throws FleetError `internal` when the worker fails
   */
  async draw(session: Drawable, format: Format, scrollback: number, withinMs?: number): Promise<Picture> {
    return this.#draw(session, { format, scrollback, ...(withinMs === undefined ? {} : { withinMs }) });
  }

  async #draw(session: Drawable, draw: NonNullable<DrawRequest["draw"]>): Promise<Picture> {
    const { offset, picture } = await this.#ask(session, { draw });
    if (picture === undefined) throw new FleetError("internal", "the screen worker drew nothing");
    return { offset, ...picture };
  }

  /** The screen as it was at most `SHARED_MS` ago, drawn once for all who ask in that time. */
  present(session: Drawable): Promise<Picture> {
    const progress = this.#progressOf(session);
    const now = performance.now();
    if (progress.present === undefined || now - progress.present.at > SHARED_MS) {
      const picture = this.draw(session, "vt", 0, SHARED_MS);
      progress.present = { at: now, picture };
      // Not kept longer than it is of use.
      setTimeout(() => progress.present?.picture === picture && delete progress.present, SHARED_MS).unref();
    }
    return progress.present.picture;
  }

  /**
   * What stands at each of these offsets, rising. Call it before anything later of this session is asked for.
   * @throws FleetError `internal` when the worker fails
   */
  async look(session: Drawable, offsets: readonly number[]): Promise<readonly Look[]> {
    const { looks } = await this.#ask(session, { looks: offsets, upTo: offsets.at(-1) ?? 0 });
    return looks ?? [];
  }

  /** The session has printed: catches its picture up when it is far behind. */
  printed(session: Drawable): void {
    const { reached, busy } = this.#progressOf(session);
    const far = session.output.log.failure === undefined ? CATCH_UP : CATCH_UP_UNLOGGED;
    if (busy === 0 && session.output.end - reached >= far) void this.#ask(session, {}).catch(() => undefined);
  }

  /** The session has ended: its last picture is kept where it would take long to draw it again. */
  ended(session: Drawable): void {
    if (session.output.end - session.lifeStart >= CATCH_UP) void this.#ask(session, { keep: true }).catch(() => undefined);
  }

  /** Output before this offset isn't needed for pictures any more. */
  passed(session: Drawable): number {
    return Math.max(this.#progressOf(session).wants, session.output.end - MAX_BEHIND);
  }

  forget(key: string): void {
    this.#progress.delete(key);
    this.#worker?.postMessage({ forget: key } satisfies WorkerRequest);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const worker = this.#worker;
    this.#worker = undefined;
    await worker?.terminate();
    for (const { reject } of this.#waiting.values()) reject(new FleetError("internal", "the host is ending"));
  }

  async #ask(session: Drawable, what: Pick<DrawRequest, "draw" | "keep" | "looks"> & { readonly upTo?: number }): Promise<DrawAnswer> {
    const { output, sizes, key, lifeStart } = session;
    const progress = this.#progressOf(session);
    // After a failure of the disk memory has what files have not.
    const tail = output.tail(progress.wants < output.log.lostUntil ? progress.wants : output.log.flushed);
    const n = ++this.#last;
    progress.busy++;
    try {
      const answer = await new Promise<DrawAnswer>((resolve, reject) => {
        this.#waiting.set(n, { resolve, reject });
        const request: DrawRequest = { n, key, directory: output.log.directory, start: lifeStart, upTo: output.end, tail, sizes: [...sizes], ...what };
        this.#running().postMessage(request satisfies WorkerRequest);
      });
      if (answer.error !== undefined) throw new FleetError("internal", `the screen could not be drawn: ${answer.error}`);
      progress.reached = Math.max(progress.reached, answer.reached);
      progress.wants = Math.max(progress.wants, answer.wants);
      return answer;
    } finally {
      progress.busy--;
      this.#waiting.delete(n);
      output.log.tidy();
    }
  }

  #progressOf({ key, lifeStart }: Drawable): Progress {
    const known = this.#progress.get(key);
    if (known !== undefined) return known;
    const fresh: Progress = { reached: lifeStart, wants: lifeStart, busy: 0 };
    this.#progress.set(key, fresh);
    return fresh;
  }

  #running(): Worker {
    if (this.#worker !== undefined) return this.#worker;
    // An environment of its own, empty: it has no use for one.
    const worker = new Worker(this.#workerFile, { name: "screens", env: {}, execArgv: [] });
    worker.unref();
    worker.on("message", (answer: DrawAnswer) => this.#waiting.get(answer.n)?.resolve(answer));
    worker.on("error", (error) => this.#failed(worker, error));
    worker.on("exit", () => this.#failed(worker, new Error("it ended")));
    this.#worker = worker;
    return worker;
  }

  /** A crashed worker takes nothing with it: the next picture is drawn by a new one, from the log. */
  #failed(worker: Worker, error: Error): void {
    if (this.#worker !== worker) return;
    this.#worker = undefined;
    this.#progress.clear();
    for (const { reject } of this.#waiting.values()) reject(new FleetError("internal", `the screen worker failed: ${error.message}`, { cause: error }));
  }
}
