// What people told this node with `fleet up`, `fleet node label` and `drain`; it stands above environment and file.
import * as z from "zod/mini";
import { Drain, type Labels } from "@fleetwire/shared/domain";
import { FleetName, NodeName, PoolName } from "@fleetwire/shared/ids";
import type { Connection } from "./connection.ts";

const StoredSettings = z.object({
  name: z.optional(NodeName),
  /** Over the configured ones; null removes a configured one. */
  labels: z.optional(z.record(z.string(), z.nullable(z.string()))),
  draining: z.optional(z.boolean()),
  /** With a deadline, a message or an end of what runs: kept, so that a restarted agent does what was said. */
  drain: z.optional(z.extend(Drain, { graceMs: z.optional(z.int()) })),
  /** Null: out of any fleet, whatever the environment says. */
  nats: z.optional(z.nullable(z.object({ urls: z.array(z.string()), creds: z.optional(z.string()), fleet: z.optional(FleetName), pool: z.optional(PoolName) }))),
  open: z.optional(z.boolean()),
  listen: z.optional(z.string()),
  externalUrl: z.optional(z.string()),
  /** The port that the terminal listener got last, so that it keeps its address. */
  lastPort: z.optional(z.int()),
});
export type StoredSettings = z.infer<typeof StoredSettings>;

export interface SettingsTable {
  read(): StoredSettings;
  /** Sets the given ones; `undefined` removes one. */
  write(change: Partial<StoredSettings>): void;
}

export function settingsTable(database: Connection): SettingsTable {
  const all = database.prepare("SELECT key, value FROM settings");
  const set = database.prepare("INSERT INTO settings (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value");
  const unset = database.prepare("DELETE FROM settings WHERE key = ?");
  return {
    read() {
      const rows = all.all() as { key: string; value: string }[];
      return database.parsed(() => StoredSettings.parse(Object.fromEntries(rows.map(({ key, value }) => [key, JSON.parse(value) as unknown]))));
    },
    write(change) {
      for (const [key, value] of Object.entries(change)) {
        if (value === undefined) unset.run(key);
        else set.run(key, JSON.stringify(value));
      }
    },
  };
}

/** Configured labels with the stored ones over them. */
export function mergeLabels(configured: Labels, stored: StoredSettings["labels"]): Labels {
  return Object.fromEntries(Object.entries({ ...configured, ...stored }).filter((entry): entry is [string, string] => entry[1] !== null));
}
