export { waitFor } from "./wait-for.ts";
export { counts } from "./counts.ts";
