export { createSearch, type Search } from "./search.ts";
export type { FoundLine, SearchAnswer } from "./messages.ts";
