export { createMessages } from "./messages.ts";
export { type Asker, type Messages } from "./types.ts";
