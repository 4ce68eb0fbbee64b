// Refusals cost whoever is refused nothing: a flood of them must not push everything else out of the record.

const BURST = 200;
const PER_SECOND = 5;

/** @returns a function that answers how many refusals went unrecorded before this one, or undefined: this one isn't recorded either */
export function createFloodGate(now: () => number): () => number | undefined {
  let room = BURST;
  let at = now();
  let unrecorded = 0;
  return () => {
    const passed = Math.max(0, now() - at);
    at = now();
    room = Math.min(BURST, room + (passed / 1_000) * PER_SECOND);
    if (room < 1) {
      unrecorded++;
      return undefined;
    }
    room--;
    const before = unrecorded;
    unrecorded = 0;
    return before;
  };
}
