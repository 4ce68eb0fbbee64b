// For tests: the SDK's own client, with a real `fleet mcp` at the other end of its pipe.
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import type { RequestOptions } from "@modelcontextprotocol/sdk/shared/protocol.js";
import { ResourceListChangedNotificationSchema, ResourceUpdatedNotificationSchema } from "@modelcontextprotocol/sdk/types.js";
import type { ErrorRecord } from "@fleetwire/shared/errors";

export interface Called {
  /** The structured content; its shape is the tool's. */
  // eslint-disable-next-line typescript/no-explicit-any -- each tool has a shape of its own, which the SDK's client has checked
  readonly data: any;
  readonly text: string;
  /** Of a call that failed. */
  readonly error: Required<ErrorRecord> | undefined;
}

export class TestClient implements AsyncDisposable {
  readonly client: Client;
  readonly #transport: StdioClientTransport;
  stderr = "";
  /** What came on stdout and is not the protocol. */
  readonly garbage: string[] = [];
  readonly updated: string[] = [];
  listChanges = 0;

  private constructor(env: Record<string, string>, args: readonly string[], cwd: string) {
    this.#transport = new StdioClientTransport({ command: "fleet", args: ["mcp", ...args], env, cwd, stderr: "pipe" });
    this.#transport.stderr?.on("data", (chunk: Buffer) => (this.stderr += chunk.toString()));
    this.client = new Client({ name: "test", version: "1" });
    this.client.onerror = (error) => this.garbage.push(error.message);
    this.client.setNotificationHandler(ResourceUpdatedNotificationSchema, ({ params }) => void this.updated.push(params.uri));
    this.client.setNotificationHandler(ResourceListChangedNotificationSchema, () => void this.listChanges++);
  }

  static async connect(env: Record<string, string>, cwd: string, ...args: string[]): Promise<TestClient> {
    const one = new TestClient(env, args, cwd);
    await one.client.connect(one.#transport);
    // The client checks results against the schemas that it has been told.
    await one.client.listTools();
    return one;
  }

  get pid(): number {
    return this.#transport.pid ?? 0;
  }

  async call(name: string, args: object = {}, options: RequestOptions = {}): Promise<Called> {
    const result = await this.client.callTool({ name, arguments: args as Record<string, unknown> }, undefined, { timeout: 120_000, ...options });
    const structured = result.structuredContent as { error?: Required<ErrorRecord> } | undefined;
    const [content] = result.content as { text: string }[];
    const isError = result.isError === true;
    if (isError !== (structured?.error !== undefined)) throw new Error(`${name}: isError and the error don't agree: ${JSON.stringify(result)}`);
    return { data: structured, text: content?.text ?? "", error: structured?.error };
  }

  /** A call that must succeed. @returns its data */
  async ok(name: string, args: object = {}, options: RequestOptions = {}): Promise<Called["data"]> {
    const { data, error } = await this.call(name, args, options);
    if (error !== undefined) throw new Error(`${name} failed: ${error.code}: ${error.message}`);
    return data;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.client.close();
  }
}
