// What waiting for a person, a signal and a stream at once needs.

/** Node 20 has no Promise.withResolvers. */
export function withResolvers<T>() {
  let resolve!: (value: T) => void;
  let reject!: (error: unknown) => void;
  const promise = new Promise<T>((...both) => ([resolve, reject] = both));
  return { promise, resolve, reject };
}

/** Listeners that are taken off together. */
export class Listeners {
  readonly #off: (() => void)[] = [];

  on<A extends unknown[]>(emitter: NodeJS.EventEmitter, event: string, listener: (...given: A) => void): void {
    const listen = listener as (...given: unknown[]) => void;
    emitter.on(event, listen);
    this.#off.push(() => emitter.off(event, listen));
  }

  removeAll(): void {
    for (const off of this.#off.splice(0)) off();
  }
}
