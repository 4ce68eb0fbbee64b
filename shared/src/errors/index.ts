export { ERROR_CODES, isErrorCode, type ErrorCode, type ErrorRow } from "./codes.ts";
export { ErrorRecord, FleetError } from "./fleet-error.ts";
export { parseRows, type Rows } from "./rows.ts";
export { unknownFields } from "./unknown-fields.ts";
export { parseJson, parseOr } from "./parse.ts";
