import type { HostSession } from "@fleetwire/shared/control";

/** A change that others should see; bytes that came and go are asked for instead. */
export function worthTelling(before: HostSession | undefined, after: HostSession): boolean {
  if (before === undefined || before.epoch !== after.epoch) return true;
  return (
    before.activity.state !== after.activity.state ||
    before.activity.reason !== after.activity.reason ||
    before.activity.message !== after.activity.message ||
    before.attached !== after.attached ||
    before.size.cols !== after.size.cols ||
    before.size.rows !== after.size.rows ||
    before.warning !== after.warning
  );
}
