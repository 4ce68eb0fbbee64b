// Beside the log: what a rebuilt database could not know otherwise. No environment: it may hold secrets.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { RestartPolicy } from "@fleetwire/shared/domain";
import { SessionName, Tag } from "@fleetwire/shared/ids";
import * as z from "zod/mini";
import { SessionGpus, type SessionRow } from "../store/index.ts";
import type { Core } from "./core.ts";
import { sessionDirectory } from "./host-files.ts";

const FILE = "session.json";

const Description = z.object({
  name: z.nullable(SessionName),
  tags: z.array(Tag),
  command: z.array(z.string()),
  cwd: z.string(),
  created_at: z.number(),
  restart: RestartPolicy,
  restart_command: z.nullable(z.array(z.string())),
  launched_by: z.nullable(z.string()),
  gpus: z.optional(z.nullable(SessionGpus)),
});

/** At its launch, and again when a restart gave it other GPUs. */
export function describe(core: Core, row: SessionRow): void {
  try {
    const directory = sessionDirectory(core.stateDir, row.id);
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    const { id, name, tags, command, cwd, created_at, restart, restart_command, launched_by, gpus } = row;
    writeFileSync(join(directory, FILE), JSON.stringify({ id, name, tags, command, cwd, created_at, restart, restart_command, launched_by, gpus }), { mode: 0o600 });
  } catch (error) {
    // A full disk: the session runs all the same, and its host says that its log can't be written.
    core.log.warn({ session: row.id, err: error }, "a session's description can't be written");
  }
}

/** Undefined when there is none that can be read. */
export function readDescription(directory: string): z.infer<typeof Description> | undefined {
  try {
    return Description.safeParse(JSON.parse(readFileSync(join(directory, FILE), "utf8"))).data;
  } catch {
    return undefined;
  }
}
