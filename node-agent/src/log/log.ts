// One log of the node agent: JSON lines, named loggers, secrets cut out here and nowhere else.
import pino, { type Logger } from "pino";
import { openRotatingFile } from "./rotating-file.ts";

export type Log = Logger;

export interface LogFile extends Disposable {
  readonly log: Log;
}

/** Fields that never reach the file, at the top of a record and one level below. */
const SECRET = ["jwt", "seed", "token", "ticket", "secret", "password", "authorization", "env", "callerEnv"];

const LIMIT_BYTES = 8 * 1024 * 1024;

/** @param file absolute; the one before it is kept as `<file>.1`. @param level a pino level */
export function openLog(file: string, level: string, limitBytes = LIMIT_BYTES): LogFile {
  const target = openRotatingFile(file, limitBytes);
  const log = pino(
    {
      level,
      base: { pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: { paths: SECRET.flatMap((field) => [field, `*.${field}`]), censor: "[secret]" },
      formatters: { level: (label) => ({ level: label }) },
    },
    target,
  );
  return { log, [Symbol.dispose]: () => target.close() };
}
