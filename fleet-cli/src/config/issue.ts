// What is wrong with a file, in words: the small zod brings no sentences of its own.

interface Issue {
  readonly code?: string;
  readonly path: readonly PropertyKey[];
  readonly message: string;
  readonly keys?: readonly string[];
  readonly expected?: string;
}

export function describeIssue(issue: Issue | undefined): string {
  if (issue === undefined) return "not what was expected";
  const key = issue.path.map(String).join(".");
  const name = (last: string) => (key === "" ? last : `${key}.${last}`);
  if (issue.code === "unrecognized_keys") return `unknown key '${name(issue.keys?.[0] ?? "?")}'`;
  if (issue.code === "invalid_type") return `'${key}' must be of type ${issue.expected ?? "another"}`;
  return `'${key}': ${issue.message === "Invalid input" ? "not a value it can have" : issue.message}`;
}
