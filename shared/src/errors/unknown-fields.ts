/**
 * Paths of fields that were given and that a schema did not take: parsing leaves them out.
 * @param parsed what the schema made of `given`
 */
export function unknownFields(given: unknown, parsed: unknown, path = ""): string[] {
  if (Array.isArray(given) && Array.isArray(parsed)) return given.flatMap((each, at) => unknownFields(each, parsed[at], `${path}[${at}]`));
  if (!isObject(given) || !isObject(parsed)) return [];
  return Object.entries(given).flatMap(([key, value]) => {
    const at = path === "" ? key : `${path}.${key}`;
    return Object.hasOwn(parsed, key) ? unknownFields(value, parsed[key], at) : [at];
  });
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null && !Array.isArray(value);
