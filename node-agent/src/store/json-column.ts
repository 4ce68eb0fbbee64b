import * as z from "zod/mini";

/** A column that holds JSON text, read as what the schema says. */
export function jsonColumn<S extends z.ZodMiniType>(schema: S) {
  return z.pipe(
    z.pipe(
      z.string(),
      z.transform((text, context) => {
        try {
          return JSON.parse(text) as unknown;
        } catch {
          context.issues.push({ code: "custom", message: "not JSON", input: text });
          return z.NEVER;
        }
      }),
    ),
    schema as unknown as z.ZodMiniType<z.output<S>, unknown>,
  );
}
