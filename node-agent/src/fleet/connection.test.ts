// Connections that aren't made.
import { createServer, type AddressInfo } from "node:net";
import { waitFor } from "@fleetwire/shared/testing";
import { expect, it } from "vitest";
import { connectOnce } from "./connection.ts";

it("a server that accepts and says nothing is left again, each time", async () => {
  let open = 0;
  const server = createServer((socket) => {
    open++;
    socket.on("error", () => undefined).on("close", () => open--).resume();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  for (let attempt = 0; attempt < 5; attempt++) {
    await expect(connectOnce({ urls: [`nats://127.0.0.1:${port}`], name: "test", login: { kind: "none" }, timeoutMs: 100 })).rejects.toMatchObject({ code: "nats-unreachable" });
  }
  await waitFor("none is open", () => open === 0);
  await new Promise((resolve) => server.close(resolve));
});
