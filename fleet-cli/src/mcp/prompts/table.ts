// The prompts, as a contents page.
import { supervise } from "./supervise.ts";
import { survey } from "./survey.ts";

export interface Prompt {
  readonly title: string;
  readonly description: string;
  readonly arguments: readonly { readonly name: string; readonly description: string; readonly required: boolean }[];
  readonly text: (args: Readonly<Record<string, string>>) => string;
}

export const PROMPTS: Readonly<Record<string, Prompt>> = { supervise, survey };
