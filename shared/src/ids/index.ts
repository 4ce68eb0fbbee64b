export * from "./names.ts";
export { formatTarget, parseSessionRef, parseTarget, printable, type SessionRef, type Target } from "./target.ts";
export { type Address, parseAddress } from "./address.ts";
