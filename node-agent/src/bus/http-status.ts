import { ERROR_CODES, type ErrorCode } from "@fleetwire/shared/errors";

const STATUS: Partial<Record<ErrorCode, number>> = {
  "denied": 403,
  "untrusted-caller": 403,
  "bad-bearer": 401,
  "unknown-session": 404,
  "unknown-node": 404,
  "unknown-message": 404,
  "name-taken": 409,
  "replayed": 409,
  "still-running": 409,
  "not-running": 409,
  "too-large": 413,
  "timeout": 504,
  "internal": 500,
  "version-skew": 501,
  "unknown-verb": 501,
};

/** The HTTP status beside an error; the record in the body is what counts. */
export function statusOf(code: ErrorCode): number {
  return STATUS[code] ?? (ERROR_CODES[code].exit === 125 ? 503 : 400);
}
