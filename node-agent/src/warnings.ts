/** What a person should know, by subject: a later word on the same subject replaces the earlier one. */
export interface Warnings {
  set(subject: string, text: string | undefined): void;
  about(subject: string): string | undefined;
  all(): string[];
}

export function createWarnings(): Warnings {
  const texts = new Map<string, string>();
  return {
    set(subject, text) {
      if (text === undefined) texts.delete(subject);
      else texts.set(subject, text);
    },
    about: (subject) => texts.get(subject),
    all: () => [...texts.values()],
  };
}
