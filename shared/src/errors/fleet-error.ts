import * as z from "zod/mini";
import { ERROR_CODES, isErrorCode, type ErrorCode } from "./codes.ts";

/** An error as data: how one crosses a wire, and what `--json` prints. */
export const ErrorRecord = z.object({
  code: z.string(),
  message: z.string(),
  hint: z.optional(z.string()),
  retryable: z.optional(z.boolean()),
});
export type ErrorRecord = z.infer<typeof ErrorRecord>;

/** An expected failure with a code from the table. Anything else thrown is a bug. */
export class FleetError extends Error {
  override readonly name = "FleetError";
  readonly code: ErrorCode;
  readonly hint: string;

  constructor(code: ErrorCode, message: string, options: { hint?: string; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.code = code;
    this.hint = options.hint ?? ERROR_CODES[code].hint;
  }

  get exit(): number {
    return ERROR_CODES[this.code].exit;
  }

  get retryable(): boolean {
    return ERROR_CODES[this.code].retryable;
  }

  toRecord(): Required<ErrorRecord> {
    return { code: this.code, message: this.message, hint: this.hint, retryable: this.retryable };
  }

  /** A code this version doesn't know (a newer peer's) becomes `version-skew` and keeps its sentence. */
  static fromRecord(record: ErrorRecord): FleetError {
    const code = isErrorCode(record.code) ? record.code : "version-skew";
    return new FleetError(code, record.message, { hint: record.hint });
  }

  /** The error itself when it is expected, otherwise `internal` around it. */
  static from(error: unknown): FleetError {
    if (error instanceof FleetError) return error;
    const message = error instanceof Error ? error.message : String(error);
    return new FleetError("internal", message, { cause: error });
  }
}
