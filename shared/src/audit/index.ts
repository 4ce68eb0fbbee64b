export { chainLine, readLine, sealText, signHead, verifyHead, type AuditDraft, type ReadLine } from "./chain.ts";
export { AuditEntry, AuditFilter, createEntries } from "./entry.ts";
export { AuditAbout, AuditHead, AuditRecord, AuditWho } from "./record.ts";
export { createVerifier, isProblem, type AuditProblem, type Verifier } from "./verify.ts";
