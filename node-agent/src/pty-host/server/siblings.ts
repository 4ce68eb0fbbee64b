// Attaches for a session that another host of this node owns: the newest host has the TCP address, older ones and shards are
// reached through it. Nothing is opened on the way: the proofs are between client and owner.
import { readdirSync, readFileSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import { connect } from "node:net";
import { join } from "node:path";
import type { Duplex } from "node:stream";
import { NONCE_HEADER } from "../attach/relay.ts";

export interface Siblings {
  /** Whether this node has other hosts, one of which may have the address that is wanted. */
  any(): boolean;
  /** Socket of the host that the right is for; undefined: this one, or none that is known. */
  ownerOf(authorization: string | undefined): string | undefined;
}

/** @param directory where every host of this node has its `<hostId>.json` and `<hostId>.sock` */
export function siblingsIn(directory: string, self: { readonly hostId: string; readonly hostKey: string }): Siblings {
  return {
    any: () => hostsIn(directory).some(({ hostKey }) => hostKey !== self.hostKey),
    ownerOf(authorization) {
      const [scheme, value = ""] = (authorization ?? "").split(" ");
      // Unverified, and good enough to find the door: whoever stands behind it checks.
      if (scheme === "Fleet-Resume") return socketOf(directory, value.split("-")[0] ?? "", self.hostId);
      const key = scheme === "Fleet-Ticket" ? hostKeyIn(value) : undefined;
      if (key === undefined || key === self.hostKey) return undefined;
      return hostsIn(directory).find(({ hostKey }) => hostKey === key)?.socket;
    },
  };
}

/** Hands the request on as it came, and then everything in both directions. */
export function forwardUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer, path: string): void {
  const onward = connect(path);
  const end = () => {
    socket.destroy();
    onward.destroy();
  };
  socket.on("error", end).on("close", end);
  onward.on("error", end).on("close", end);
  onward.on("connect", () => {
    const lines = [`${request.method} ${request.url} HTTP/1.1`];
    for (let i = 0; i < request.rawHeaders.length; i += 2) {
      // Ours to say, see relay.ts: who comes from outside gets a challenge that nobody has seen.
      if (request.rawHeaders[i]?.toLowerCase() !== NONCE_HEADER) lines.push(`${request.rawHeaders[i]}: ${request.rawHeaders[i + 1]}`);
    }
    onward.write(`${lines.join("\r\n")}\r\n\r\n`);
    onward.write(head);
    onward.pipe(socket);
    socket.pipe(onward);
  });
}

function hostsIn(directory: string): { hostKey: string; socket: string }[] {
  return readdirSync(directory).flatMap((name) => {
    if (!name.endsWith(".json")) return [];
    try {
      const { hostKey } = JSON.parse(readFileSync(join(directory, name), "utf8")) as { hostKey?: string };
      return hostKey === undefined ? [] : [{ hostKey, socket: join(directory, name.replace(/json$/, "sock")) }];
    } catch {
      return []; // It leaves at this moment.
    }
  });
}

function socketOf(directory: string, hostId: string, self: string): string | undefined {
  return hostId !== self && /^[0-9a-f]{8}$/.test(hostId) && readdirSync(directory).includes(`${hostId}.sock`) ? join(directory, `${hostId}.sock`) : undefined;
}

function hostKeyIn(sealed: string): string | undefined {
  try {
    return (JSON.parse(Buffer.from(sealed.split(".")[0] ?? "", "base64url").toString("utf8")) as { hostKey?: string }).hostKey;
  } catch {
    return undefined;
  }
}
