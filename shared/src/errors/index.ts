export { ERROR_CODES, isErrorCode, type ErrorCode, type ErrorRow } from "./codes.ts";
export { ErrorRecord, FleetError } from "./fleet-error.ts";
export { parseJson, parseOr } from "./parse.ts";
