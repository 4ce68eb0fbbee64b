// A B A B …: the clock of a shared machine drifts, so contestants are measured in turn and never one after the other.

export interface Contestant<T> {
  readonly name: string;
  run(round: number): Promise<T>;
}

export interface Turns {
  readonly rounds: number;
  /** Rounds before, which don't count. */
  readonly warmUp?: number;
  /** No further round is begun after this time; at least one counts. Something very slow doesn't hold up the rest. */
  readonly withinMs?: number;
}

/** Runs every contestant once a round. @returns what each one's rounds gave, by name */
export async function inTurn<T>(contestants: readonly Contestant<T>[], { rounds, warmUp = 0, withinMs = Infinity }: Turns): Promise<Map<string, T[]>> {
  const results = new Map<string, T[]>(contestants.map(({ name }) => [name, []]));
  const from = performance.now();
  for (let round = -warmUp; round < rounds && (round <= 0 || performance.now() - from < withinMs); round++) {
    for (const contestant of contestants) {
      const result = await contestant.run(round);
      if (round >= 0) results.get(contestant.name)?.push(result);
    }
  }
  return results;
}

/** The rounds of one contestant. @throws Error for a name that didn't take part */
export function roundsOf<T>(results: ReadonlyMap<string, T[]>, name: string): T[] {
  const rounds = results.get(name);
  if (rounds === undefined) throw new Error(`${name} was not measured`);
  return rounds;
}
