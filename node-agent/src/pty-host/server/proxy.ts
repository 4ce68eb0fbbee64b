// Requests on the TCP listener that aren't terminals go to the node agent, byte for byte, marked as having come this way:
// the agent wants a bearer token from those.
import { request as httpRequest, type IncomingMessage, type ServerResponse } from "node:http";

const TIMEOUT_MS = 120_000;
/** Headers that a client can't set: they say how a request came. */
const OURS = ["fleet-via", "connection", "transfer-encoding", "keep-alive", "upgrade"];

export function proxyToAgent(request: IncomingMessage, response: ServerResponse, agentSocket: string): void {
  const headers = Object.fromEntries(Object.entries(request.headers).filter(([name]) => !OURS.includes(name) && !name.startsWith("fleet-via")));
  const onward = httpRequest({ socketPath: agentSocket, path: request.url, method: request.method, headers: { ...headers, "fleet-via": "direct" }, timeout: TIMEOUT_MS });
  onward.on("response", (answer) => {
    response.writeHead(answer.statusCode ?? 502, { "content-type": answer.headers["content-type"] ?? "application/json" });
    answer.pipe(response);
    answer.on("error", () => response.destroy());
  });
  onward.on("timeout", () => onward.destroy(new Error("timeout")));
  onward.on("error", () => {
    if (response.headersSent) return response.destroy();
    const error = { code: "agent-unreachable", message: "the node agent doesn't answer", hint: "on that machine: fleet up", retryable: true };
    response.writeHead(503, { "content-type": "application/json" }).end(JSON.stringify({ error }));
  });
  response.on("close", () => onward.destroy());
  request.pipe(onward);
}
