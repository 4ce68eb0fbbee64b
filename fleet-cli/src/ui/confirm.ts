// A question to a person. When nobody can answer, the error names the flag that answers it.
import { FleetError } from "@fleetwire/shared/errors";

/** @throws FleetError `needs-flag` when there is nobody to ask; `cancelled` when the answer is no */
export async function confirm(question: string, how: { readonly yes: boolean; readonly interactive: boolean }): Promise<void> {
  if (how.yes) return;
  if (!how.interactive) throw new FleetError("needs-flag", `${question} (give --yes)`);
  const { createInterface } = await import("node:readline/promises");
  const prompt = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await prompt.question(`${question} [y/N] `);
    if (!/^y(es)?$/i.test(answer.trim())) throw new FleetError("cancelled", "not confirmed");
  } finally {
    prompt.close();
  }
}
