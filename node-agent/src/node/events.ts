// What happened on this node, one revision a happening. The link to the fleet numbers and signs them; here they are said.
import type { EventKind, FleetEvent } from "@fleetwire/shared/bus";

export type NodeEvent = Omit<FleetEvent, "v" | "inst" | "seq">;

/** What a room tells; the node adds who, when and which revision. */
export type EventDraft = { readonly kind: EventKind } & Partial<Pick<FleetEvent, "session" | "about" | "removed" | "reason" | "record" | "signal" | "message">>;

export interface EventSource {
  emit(event: NodeEvent): void;
  /** @returns ends the listening */
  on(listener: (event: NodeEvent) => void): () => void;
}

export function createEventSource(onError: (error: unknown) => void): EventSource {
  const listeners = new Set<(event: NodeEvent) => void>();
  return {
    emit(event) {
      for (const listener of listeners) {
        try {
          listener(event);
        } catch (error) {
          // One listener's fault must not keep the others from hearing, or undo the change that happened.
          onError(error);
        }
      }
    },
    on(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}
