export * from "./names.ts";
export { formatTarget, parseSessionRef, parseTarget, printable, type SessionRef, type Target } from "./target.ts";
