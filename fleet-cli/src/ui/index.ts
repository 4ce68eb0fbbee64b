export { ageOf, agoOf, bytesOf } from "./amounts.ts";
export { cellWidth, cutToWidth } from "./cells.ts";
export { confirm } from "./confirm.ts";
export { renderError, writeErrorReport } from "./errors.ts";
export { neutral, OutputNeutraliser, stripEscapes } from "./neutral.ts";
export { nodesTable } from "./nodes-table.ts";
export { createOutput, type Output, type OutputOptions } from "./output.ts";
export { commandText, sessionsTable } from "./sessions-table.ts";
export { renderFields, renderTable, type Column } from "./table.ts";
