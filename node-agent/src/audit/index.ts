export { openAudit, type Audit } from "./audit.ts";
export { readSignedHead } from "./chain-file.ts";
export { entriesOf, headIn, lastWrittenAt, rawLines } from "./list.ts";
export { cutTorn, segmentPath, segmentsIn } from "./segment-files.ts";
export { targetOf } from "./summary.ts";
