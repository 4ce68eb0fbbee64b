import type { Duplex } from "node:stream";

const TEXT = { 400: "Bad Request", 404: "Not Found", 429: "Too Many Requests", 503: "Service Unavailable" } as const;

/** Ends an upgrade request with a status and no word more. */
export function refuse(socket: Duplex, status: keyof typeof TEXT): void {
  socket.on("error", () => {});
  socket.end(`HTTP/1.1 ${status} ${TEXT[status]}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}
