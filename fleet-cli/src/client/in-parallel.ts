/** Does the work for each, at most `atOnce` at a time. @returns the results, in the order of the items */
export async function inParallel<T, R>(items: readonly T[], atOnce: number, work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  const left = items.entries();
  await Promise.all(
    Array.from({ length: Math.min(atOnce, items.length) }, async () => {
      for (const [at, item] of left) results[at] = await work(item);
    }),
  );
  return results;
}
