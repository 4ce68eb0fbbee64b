// For tests of `fleet mcp`: a hub, two nodes, a person who may only look, and clients.
import { expect } from "vitest";
import { TestClient } from "../fleet-cli/src/mcp/test-client.ts";
import { bringUp, type Machine, machine } from "./machines.ts";

export const READING = ["nodes", "node", "sessions", "status", "screen", "output", "watch", "wait", "search", "events"];
export const CHANGING = ["launch", "send", "keys", "messages", "message", "restart", "kill", "remove", "label"];

/** Asks a question, says what was answered, and ends with a code. */
export const worker = (code: number): string[] => ["sh", "-c", `echo working; printf 'Proceed? '; read -r answer; echo "answered: $answer"; exit ${code}`];

export class McpFleet implements AsyncDisposable {
  /** The hub's machine, with the node `a`. */
  readonly a: Machine = machine();
  /** With the node `b`. */
  readonly b: Machine = machine();
  /** Without a node. */
  readonly viewer: Machine = machine();
  readonly #open: TestClient[] = [];

  static async start(): Promise<McpFleet> {
    const fleet = new McpFleet();
    const { a, b, viewer } = fleet;
    try {
      await bringUp(a, "a", { b });
      await viewer.ok("join", await a.ok("hub", "token", "--role", "viewer", "--name", "alice"));
      return fleet;
    } catch (error) {
      await fleet[Symbol.asyncDispose]();
      throw error;
    }
  }

  async connect(on: Machine, ...args: string[]): Promise<TestClient> {
    const one = await TestClient.connect(on.env, on.home, ...args);
    this.#open.push(one);
    return one;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const garbage = this.#open.flatMap((one) => one.garbage);
    for (const one of this.#open) await one.client.close();
    for (const one of [this.b, this.viewer, this.a]) await one[Symbol.asyncDispose]();
    expect(garbage).toEqual([]);
  }
}
