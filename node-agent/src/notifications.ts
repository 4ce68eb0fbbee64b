// Rules of `[[notify]]` with `by = "node"`: this node tells of its own events, from its own history, also of what happened while
// its agent was away.
import { join, resolve } from "node:path";
import { expandTilde } from "@fleetwire/shared/config";
import { FleetError } from "@fleetwire/shared/errors";
import { createNotifier, readRules, targetText, type Notifier, type Rule } from "@fleetwire/shared/notify";
import type { LiveSettings } from "./live-settings.ts";
import type { Log } from "./log/index.ts";
import type { NodeService } from "./node/index.ts";
import type { Warnings } from "./warnings.ts";

export interface NotificationsDeps {
  readonly settings: LiveSettings;
  readonly history: NodeService["history"];
  readonly stateDir: string;
  /** Environment of programs that are run. */
  readonly env: Readonly<Record<string, string>>;
  readonly warnings: Warnings;
  readonly log: Log;
}

export interface Notifications extends AsyncDisposable {
  /** The rules may have changed. */
  refresh(): Promise<void>;
}

export function createNotifications({ settings, history, stateDir, env, warnings, log }: NotificationsDeps): Notifications {
  let current: AsyncDisposable | undefined;
  let work: Promise<void> = Promise.resolve();

  function rules(): Rule[] {
    const { notify, paths, home } = settings.current();
    return readRules(notify.filter(({ by }) => by === "node"), (text) => resolve(paths.config, expandTilde(text, home)));
  }

  async function renew(): Promise<void> {
    await current?.[Symbol.asyncDispose]();
    current = undefined;
    try {
      const wanted = rules();
      if (wanted.length > 0) current = await tell(wanted);
      warnings.set("notify", undefined);
    } catch (error) {
      warnings.set("notify", `nobody is told of events: ${FleetError.from(error).message}`);
      log.error({ err: error }, "the rules of notifications can't be used");
    }
  }

  async function tell(wanted: readonly Rule[]): Promise<AsyncDisposable> {
    const notifier = createNotifier({
      rules: wanted,
      directory: join(stateDir, "notify/node"),
      env,
      platform: process.platform,
      onResult: (rule, sent, { id, count }) => (sent.ok ? log.info({ rule, id, count }, "told") : log.warn({ rule, id, count, reason: sent.reason }, "not told")),
      onError: (error) => log.error({ err: error }, "notifications can't be kept"),
    });
    log.info({ rules: wanted.map((rule) => `${rule.name}: ${targetText(rule)}`) }, "telling of events");
    const end = await feed(notifier);
    return {
      async [Symbol.asyncDispose]() {
        end();
        await notifier[Symbol.asyncDispose]();
      },
    };
  }

  /** @returns ends it */
  async function feed(notifier: Notifier): Promise<() => void> {
    let after = notifier.cursor ?? (await history.page({ tail: 0 })).next;
    notifier.passed(after);
    let reading: Promise<void> = Promise.resolve();
    const read = async () => {
      for (let more = true; more; ) {
        const page = await history.page({ after });
        for (const { event, position } of page.events) notifier.offer(event, position);
        after = page.next;
        more = page.more;
      }
    };
    const wake = () => void (reading = reading.then(read).catch((error: unknown) => log.error({ err: error }, "the history can't be read")));
    wake();
    return history.onAdded(wake);
  }

  const notifications: Notifications = {
    refresh() {
      work = work.then(renew);
      return work;
    },
    async [Symbol.asyncDispose]() {
      await work;
      await current?.[Symbol.asyncDispose]();
    },
  };
  void notifications.refresh();
  return notifications;
}
