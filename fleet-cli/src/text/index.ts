export { LineEnds } from "./line-ends.ts";
export { Lines } from "./lines.ts";
export { neutral } from "./neutral.ts";
