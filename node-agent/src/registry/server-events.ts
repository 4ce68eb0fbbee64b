// The NATS server's own words on who came and went: a killed node is suspected in milliseconds instead of at its third missing beat.
import * as z from "zod/mini";
import { flushed, type Connection } from "../fleet/index.ts";

const ConnectionEvent = z.object({ client: z.object({ id: z.int(), nkey: z.optional(z.string()), user: z.optional(z.string()) }) });

/** @param onGone a key's last connection has ended */
export async function watchServer(connection: Connection, account: string, onGone: (key: string) => void): Promise<void> {
  // A node that comes back before the server noticed that its old connection is dead has two for a while.
  const open = new Map<string, Set<number>>();
  const listen = (kind: string, take: (key: string, id: number) => void) =>
    connection.subscribe(`$SYS.ACCOUNT.${account}.${kind}`, {
      callback: (_error, message) => {
        const event = ConnectionEvent.safeParse(message?.json());
        const key = event.data?.client.nkey ?? event.data?.client.user;
        if (event.success && key !== undefined) take(key, event.data.client.id);
      },
    });
  listen("CONNECT", (key, id) => void open.set(key, (open.get(key) ?? new Set()).add(id)));
  listen("DISCONNECT", (key, id) => {
    const ids = open.get(key);
    ids?.delete(id);
    if (ids !== undefined && ids.size > 0) return;
    open.delete(key);
    onGone(key);
  });
  await flushed(connection);
}
