export { createReader, type Reading } from "./reading.ts";
export { listed } from "./rows.ts";
export { showTop } from "./show.ts";
