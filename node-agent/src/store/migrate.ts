import { existsSync } from "node:fs";
import type Database from "better-sqlite3";
import { FleetError } from "@fleetwire/shared/errors";
import type { Migration } from "./migrations/index.ts";

/**
 * Brings the tables to the newest version, one transaction a step. A database that holds something is copied to
 * `<file>.before-<version>` first.
 * @throws FleetError `version-skew` when a newer release made the tables
 */
export function migrate(database: Database.Database, file: string, migrations: readonly Migration[]): void {
  const current = Number(database.pragma("user_version", { simple: true }));
  const newest = migrations.at(-1)?.version ?? 0;
  if (current > newest) throw new FleetError("version-skew", `${file} was made by a newer release (tables ${current}, this release knows ${newest})`, { hint: "install that release again, or restore an older copy of the file" });
  if (current === newest) return;
  if (current > 0) database.prepare("VACUUM INTO ?").run(freeName(`${file}.before-${newest}`));
  for (const { version, sql } of migrations.filter((migration) => migration.version > current)) {
    database.transaction(() => {
      database.exec(sql);
      database.pragma(`user_version = ${version}`);
    })();
  }
}

/** A migration that was tried before left a copy: that one is the older truth and stays. */
function freeName(wanted: string): string {
  for (let n = 0; ; n++) {
    const name = n === 0 ? wanted : `${wanted}.${n}`;
    if (!existsSync(name)) return name;
  }
}
