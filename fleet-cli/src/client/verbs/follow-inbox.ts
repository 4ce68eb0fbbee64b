// A mailbox as it fills: what is unread, then what comes. A node that restarts meanwhile is waited for, and asked again.
import { setTimeout as sleep } from "node:timers/promises";
import { messageInbox, type MessageRecord } from "@fleetwire/shared/bus";
import { FleetError } from "@fleetwire/shared/errors";
import type { FleetClient } from "../types.ts";
import type { Mailbox, MailFilter } from "./mailbox.ts";

/** Longest question to the node; a longer wait is several. Milliseconds. */
const SLICE_MS = 20_000;
const RETRY_MS = 500;
const PASSING = ["nats-unreachable", "node-unreachable", "agent-unreachable", "server-unreachable", "timeout", "outcome-unknown", "agent-start-failed", "agent-running"];

export interface FollowRequest {
  readonly filter: Pick<MailFilter, "from" | "replyTo">;
  /** Milliseconds since 1970. */
  readonly until: number;
  readonly signal: AbortSignal;
  readonly onNote: (text: string) => void;
}

/** Each message once. Whoever has dealt with one marks it as read, or it comes again another time. */
export async function* followInbox(client: FleetClient, { place, of }: Mailbox, { filter, until, signal, onNote }: FollowRequest): AsyncGenerator<MessageRecord> {
  const told = new Set<string>();
  let after = 0;
  let failures = 0;
  while (!signal.aborted) {
    const waitMs = Math.floor(Math.max(0, Math.min(SLICE_MS, until - Date.now())));
    try {
      const page = await client.call(messageInbox, { ...of, ...filter, unread: true, after, waitMs }, place, { signal });
      failures = 0;
      for (const message of page.messages) {
        if (told.has(message.id)) continue;
        told.add(message.id);
        yield message;
      }
      after = page.next;
      if (!page.more && Date.now() >= until) return;
    } catch (error) {
      const failure = FleetError.from(error);
      if (signal.aborted) return;
      if (!PASSING.includes(failure.code)) throw failure;
      if (Date.now() >= until) return;
      if (failures++ === 1) onNote(`${failure.message}; waiting`);
      // Where the database was lost, places are counted anew.
      after = 0;
      await sleep(Math.min(RETRY_MS * failures, 5_000), undefined, { signal }).catch(() => undefined);
    }
  }
}
