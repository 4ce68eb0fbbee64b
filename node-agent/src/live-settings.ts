// The settings in force: what people told this node stands above environment and file, and both can change while it runs.
import { normalizeNodeUrl } from "@fleetwire/shared/wire";
import { expandTilde, parseListen, readSettings, type Environment, type Settings } from "./config/index.ts";
import { mergeLabels, type Store, type StoredSettings } from "./store/index.ts";

export interface LiveSettings {
  current(): Settings;
  stored(): StoredSettings;
  /** Kept for the next start, in force at once. */
  change(change: Partial<StoredSettings>): void;
  /** Writes down again what the database has lost. */
  keep(): void;
  /** Reads environment and file again. @throws FleetError `bad-config`; nothing changes then */
  reload(): void;
}

export function createLiveSettings(first: Settings, store: Store, source: { env: Environment; home: string; hostname: string }): LiveSettings {
  let base = first;
  let stored = store.settings.read();
  let merged = merge(base, stored);
  return {
    current: () => merged,
    stored: () => stored,
    change(change) {
      store.settings.write(change);
      stored = store.settings.read();
      merged = merge(base, stored);
    },
    keep: () => store.settings.write(stored),
    reload() {
      base = readSettings(source.env, source.home, source.hostname);
      merged = merge(base, stored);
    },
  };
}

function merge(base: Settings, stored: StoredSettings): Settings {
  const { nats } = stored;
  const told = nats === null || nats === undefined ? undefined : { urls: nats.urls, creds: nats.creds === undefined ? undefined : expandTilde(nats.creds, base.home) };
  return {
    ...base,
    nodeName: stored.name ?? base.nodeName,
    labels: mergeLabels(base.labels, stored.labels),
    listen: stored.listen === undefined ? base.listen : parseListen(stored.listen, "--listen"),
    externalUrl: stored.externalUrl === undefined ? base.externalUrl : normalizeNodeUrl(stored.externalUrl),
    nats: nats === null ? undefined : (told ?? base.nats),
    fleet: nats?.fleet ?? base.fleet,
    pool: nats?.pool ?? base.pool,
    open: stored.open ?? base.open,
  };
}
