// What looks at a node from outside while something happens to its hosts: viewers of sessions, and a client that connects
// again and again.
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { waitFor } from "@fleetwire/shared/testing";
import { createAttachKey, openTicket, type Want } from "@fleetwire/shared/wire";
import { TestClient } from "../pty-host/testing/test-client.ts";
import type { TestAgent } from "../test-agent.ts";

/** The terminal listener, `ws://address:port`. */
export async function listenerOf(agent: TestAgent): Promise<string> {
  return waitFor("the terminal listener", async () => (await agent.ask("agent-status")).parts.find(({ name }) => name === "terminal listener")?.detail);
}

/** Attached over the terminal listener, as from another machine, or where `at` says. */
export async function view(agent: TestAgent, id: number, want: Want = { kind: "attach", mode: "lossless" }, at?: { readonly url: string; readonly ca?: string; readonly headers?: Record<string, string> }): Promise<TestClient> {
  const where = at ?? { url: await listenerOf(agent) };
  const clientKey = createAttachKey();
  const { ticket } = await agent.ask("session-attach", { session: { id }, clientKey: clientKey.publicKey });
  const { hostKey } = openTicket(ticket, (await agent.ask("node-get")).key);
  const client = new TestClient(where, `Fleet-Ticket ${ticket}`, { clientKey, hostKey, want, headers: at?.headers });
  await client.welcomed;
  return client;
}

/** Asks for the health of the listener over a new connection each time, until it is stopped. */
export class Connector implements AsyncDisposable {
  made = 0;
  readonly failures: string[] = [];
  slowestMs = 0;
  readonly #port: number;
  readonly #work: Promise<void>;
  #stopped = false;

  constructor(url: string) {
    this.#port = Number(new URL(url).port);
    this.#work = this.#run();
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      const from = performance.now();
      const said = await this.#once();
      this.slowestMs = Math.max(this.slowestMs, performance.now() - from);
      if (said.startsWith("HTTP/1.1 200")) this.made++;
      else this.failures.push(said);
      await sleep(2);
    }
  }

  #once(): Promise<string> {
    return new Promise((resolve) => {
      let said = "";
      const socket = connect({ host: "127.0.0.1", port: this.#port }, () => socket.write("GET /v1/health HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n"));
      socket.setTimeout(10_000, () => socket.destroy(new Error("no answer in 10 s")));
      socket.on("data", (chunk) => (said += chunk.toString()));
      socket.on("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
      socket.on("close", () => resolve(said === "" ? "closed without a word" : said));
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped = true;
    await this.#work;
  }
}
