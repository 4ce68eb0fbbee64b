// A viewer whose right came in its first message, for a session of another host of this node: everything goes there and back.
// That host goes on with the challenge that the viewer has seen; the proofs are between the two, and nothing is opened here.
import { WebSocket } from "ws";
import { ATTACH_PATH, CLOSE, MAX_MESSAGE, SUBPROTOCOL } from "@fleetwire/shared/wire";

/** On the unix socket only: the challenge was sent already, with this nonce. */
export const NONCE_HEADER = "fleet-nonce";

/** A side that is so far behind stops the other one. */
const BEHIND = 256 * 1024;

export interface Relay {
  send(data: Buffer, binary: boolean): void;
  close(): void;
}

/** @param socketPath of the host that owns the session; @param first the message with the right */
export function openRelay(viewer: WebSocket, socketPath: string, nonce: string, first: Buffer): Relay {
  const owner = new WebSocket(`ws+unix://${socketPath}:${ATTACH_PATH}`, SUBPROTOCOL, { perMessageDeflate: false, maxPayload: MAX_MESSAGE, headers: { [NONCE_HEADER]: nonce } });
  // Nothing more is read from the viewer before there is somebody to give it to; what was read already waits.
  viewer.pause();
  const early: { data: Buffer; binary: boolean }[] = [{ data: first, binary: false }];
  owner.on("open", () => {
    for (const { data, binary } of early.splice(0)) owner.send(data, { binary });
    viewer.resume();
  });
  owner.on("message", (data: Buffer, binary: boolean) => pass(owner, viewer, data, binary));
  owner.on("error", () => owner.terminate());
  owner.on("close", (code) => {
    viewer.resume();
    // 1005 and 1006 say that there was no word: nor is there one to pass on.
    if (code === 1005 || code === 1006) viewer.close(CLOSE.internal);
    else viewer.close(code);
  });
  return {
    send(data, binary) {
      if (owner.readyState === owner.CONNECTING) early.push({ data, binary });
      else pass(viewer, owner, data, binary);
    },
    close: () => owner.terminate(),
  };
}

function pass(from: WebSocket, to: WebSocket, data: Buffer, binary: boolean): void {
  if (to.readyState !== to.OPEN) return;
  to.send(data, { binary }, () => {
    if (from.isPaused && to.bufferedAmount < BEHIND / 2) from.resume();
  });
  if (to.bufferedAmount > BEHIND) from.pause();
}
