// An agent that has another one launched by its own MCP server, as a model would by the tools: it launches, waits, reads the screen,
// answers, waits for the end, and uses what was printed. Runs inside a session; the new one is on record as launched by that session.
//   node delegate.mjs NODE COMMAND…
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";

const [node, ...command] = process.argv.slice(2);
const mcp = new Client({ name: "delegate", version: "1" });
await mcp.connect(new StdioClientTransport({ command: "fleet", args: ["mcp"], env: process.env }));
const call = async (name, args) => {
  const { structuredContent, isError } = await mcp.callTool({ name, arguments: args });
  if (isError) throw new Error(`${name}: ${structuredContent.error.message}`);
  return structuredContent;
};

const { session } = await call("launch", { node, command, tags: ["delegated"] });
for (;;) {
  const { sessions } = await call("wait", { targets: [session.target], for: ["exit", "blocked"], timeoutSeconds: 50 });
  const [{ why }] = sessions;
  if (why === "exit") break;
  if (why !== "blocked") continue;
  const { text } = await call("screen", { target: session.target });
  console.log(`asked: ${text.trim().split("\n").at(-1)}`);
  await call("send", { target: session.target, text: "y" });
}
const { text } = await call("output", { target: session.target, lines: 1 });
console.log(`heard: ${text.trim()}`);
await mcp.close();
