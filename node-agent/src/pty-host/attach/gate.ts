// Who may open a WebSocket here at all, judged on the raw upgrade request before any socket object exists: path, method,
// Host (against DNS rebinding), Origin (against foreign pages), subprotocol. All refusals look the same.
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";

export interface GateRules {
  /** Names that a Host header may have beside loopback; lower case, without port. */
  readonly hosts: readonly string[];
  /** Exact origins of pages that may connect. */
  readonly origins: readonly string[];
}

/** @returns the status to refuse with; undefined: let in */
export function judgeUpgrade(request: IncomingMessage, want: { path: string; subprotocol: string; local: boolean }, rules: GateRules): number | undefined {
  const { headers, method, url = "" } = request;
  if (url.includes("?")) return 400;
  if (url.replace(/(.)\/$/, "$1") !== want.path) return 404;
  if (method !== "GET" || headers.cookie !== undefined) return 400;
  if (!want.local && !hostAllowed(headers.host ?? "", rules.hosts)) return 403;
  if (headers.origin !== undefined && !rules.origins.includes(headers.origin)) return 403;
  const offered = (headers["sec-websocket-protocol"] ?? "").split(",").map((name) => name.trim());
  return offered.length === 1 && offered[0] === want.subprotocol ? undefined : 400;
}

export function hostAllowed(host: string, allowed: readonly string[]): boolean {
  const name = host.toLowerCase().replace(/:\d+$/, "");
  return name === "localhost" || name === "[::1]" || /^127(\.\d{1,3}){3}$/.test(name) || allowed.includes(name);
}

export function refuse(socket: Duplex, status: number): void {
  const text = { 400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 429: "Too Many Requests" }[status] ?? "Bad Request";
  socket.on("error", () => {});
  socket.end(`HTTP/1.1 ${status} ${text}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}
