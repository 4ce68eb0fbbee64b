// AbortSignal.any() over a time-out may be collected before it fires (Node 20), and leaves nothing to let go of.

/** A signal of one's own that also fires with others; `unlink` when it isn't needed any more, so that the others keep nothing of it. */
export function linked(...signals: readonly (AbortSignal | undefined)[]): { readonly stop: AbortController; readonly unlink: () => void } {
  const stop = new AbortController();
  const abort = () => stop.abort();
  for (const signal of signals) {
    if (signal?.aborted === true) abort();
    signal?.addEventListener("abort", abort, { once: true });
  }
  return {
    stop,
    unlink: () => {
      for (const signal of signals) signal?.removeEventListener("abort", abort);
    },
  };
}
