// The one HTTP server of this host, on its unix socket and, when the agent says so, on a TCP address and behind the hub's
// relay: terminals on all, the agent's line on the unix socket only, the agent's own routes on TCP.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { WebSocketServer, type WebSocket } from "ws";
import { HOST_PATH, HOST_SUBPROTOCOL } from "@fleetwire/shared/control";
import { FleetError } from "@fleetwire/shared/errors";
import { ATTACH_PATH, MAX_MESSAGE, SUBPROTOCOL } from "@fleetwire/shared/wire";
import { hostAllowed, judgeUpgrade, refuse, type GateRules } from "../attach/gate.ts";
import { NONCE_HEADER } from "../attach/relay.ts";
import type { Right, Rights } from "../attach/rights.ts";
import { addressOf, closeDescriptor, descriptorOf, listenOn, passDescriptor } from "./inherited.ts";
import { proxyToAgent } from "./proxy.ts";
import { forwardUpgrade, type Siblings } from "./siblings.ts";

/** Connections at once that have shown nothing yet, of each way in: whoever floods one keeps nobody from the other. */
const MAX_ANONYMOUS = 64;
const HANDOVER_MS = 25;
const HANDOVER_TRIES = 40;
const CONTROL_MESSAGE = 64 * 1024 * 1024;

/** Where a connection came in. */
type Way = "local" | "tcp" | "relay";

export interface ListenersDeps {
  readonly agentSocket: string;
  readonly rights: Rights;
  readonly siblings: Siblings;
  /** A connection that is handed on to a sibling. */
  readonly passing: (socket: Duplex) => void;
  readonly attach: (socket: WebSocket, right: Right | undefined, proved: () => void, nonce: string | undefined) => void;
  readonly control: (socket: WebSocket) => void;
  /** A listening socket that came from another host; taken into use when the agent says so. */
  readonly inherited: number | undefined;
  /** The built fleet-pass. */
  readonly passHelper: string;
}

export class Listeners implements AsyncDisposable {
  readonly #deps: ListenersDeps;
  readonly #terminals = new WebSocketServer({ noServer: true, perMessageDeflate: false, maxPayload: MAX_MESSAGE, maxFragments: 8, maxBufferedChunks: 64, handleProtocols: () => SUBPROTOCOL, clientTracking: true } as never);
  readonly #controls = new WebSocketServer({ noServer: true, perMessageDeflate: false, maxPayload: CONTROL_MESSAGE, handleProtocols: () => HOST_SUBPROTOCOL });
  #unix: Server | undefined;
  #tcp: Server | undefined;
  #rules: GateRules = { hosts: [], origins: [] };
  readonly #anonymous = { tcp: 0, relay: 0 };
  #relayed: Server | undefined;
  #inherited: number | undefined;

  constructor(deps: ListenersDeps) {
    this.#deps = deps;
    this.#inherited = deps.inherited;
  }

  /** `address:port` of the TCP listener. */
  get listening(): string | null {
    return addressOf(this.#tcp);
  }

  get hasInherited(): boolean {
    return this.#inherited !== undefined;
  }

  async listenUnix(path: string): Promise<void> {
    this.#unix = this.#server("local");
    await listen(this.#unix, { path });
  }

  /** @throws FleetError `port-taken` */
  async listenTcp(address: string, port: number, rules: GateRules): Promise<string> {
    const shared = await this.shareTcp(address, port, rules, false);
    if (shared !== null) return shared;
    const server = await this.#listenSoon(address, port);
    this.#tcp?.close();
    this.#tcp = server;
    return this.listening as string;
  }

  /** Listens only where that needs no socket of its own. What it has for another address is closed with `only`. */
  async shareTcp(address: string, port: number, rules: GateRules, only = true): Promise<string | null> {
    this.#rules = { hosts: rules.hosts.map((host) => host.toLowerCase()), origins: rules.origins };
    const inherited = this.#inherited;
    this.#inherited = undefined;
    if (inherited !== undefined && this.#tcp === undefined) this.#tcp = await listenOn(this.#server("tcp"), inherited);
    else closeDescriptor(inherited);
    const now = this.listening;
    if (now !== null && (port === 0 || now === `${address}:${port}` || now === `[${address}]:${port}`)) return now;
    if (only) this.closeTcp();
    return null;
  }

  /** A viewer's connection that came through the relay. */
  take(socket: Duplex): void {
    this.#relayed ??= this.#server("relay");
    this.#relayed.emit("connection", socket);
  }

  /** Gives the listening socket to another host, which waits for it at the path. */
  async pass(path: string): Promise<boolean> {
    const descriptor = this.#tcp === undefined ? this.#inherited : descriptorOf(this.#tcp);
    return descriptor !== undefined && (await passDescriptor(this.#deps.passHelper, descriptor, path));
  }

  /** Takes no new connections; those that are open stay. */
  closeTcp(): void {
    closeDescriptor(this.#inherited);
    this.#inherited = undefined;
    this.#tcp?.close();
    this.#tcp = undefined;
  }

  /** A host that leaves lets go of the address within a moment. @throws FleetError `port-taken` */
  async #listenSoon(address: string, port: number): Promise<Server> {
    for (let left = this.#deps.siblings.any() ? HANDOVER_TRIES : 0; ; left--) {
      const server = this.#server("tcp");
      try {
        await listen(server, { host: address, port });
        return server;
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        if (code !== "EADDRINUSE" || left === 0) throw new FleetError("port-taken", `${address}:${port} can't be listened on: ${code}`, { cause: error });
        await new Promise((resolve) => setTimeout(resolve, HANDOVER_MS));
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const sockets of [this.#terminals, this.#controls]) for (const socket of sockets.clients) socket.close(1001);
    for (const server of [this.#unix, this.#tcp]) server?.close();
    await new Promise((resolve) => setTimeout(resolve, 20));
    for (const sockets of [this.#terminals, this.#controls]) for (const socket of sockets.clients) socket.terminate();
    for (const server of [this.#unix, this.#tcp]) server?.closeAllConnections();
  }

  #server(way: Way): Server {
    const server = createServer({ maxHeaderSize: 16 * 1024, headersTimeout: 5_000, requestTimeout: 120_000, connectionsCheckingInterval: 2_500 }, (request, response) => this.#request(request, response, way));
    server.on("upgrade", (request, socket, head) => this.#upgrade(request, socket, head, way));
    server.on("clientError", (_error, socket) => refuse(socket, 400));
    return server;
  }

  #request(request: IncomingMessage, response: ServerResponse, way: Way): void {
    const { url = "", headers } = request;
    if (way !== "local" && (!hostAllowed(headers.host ?? "", this.#rules.hosts) || (headers.origin !== undefined && !this.#rules.origins.includes(headers.origin)))) return void response.writeHead(403).end();
    if (url === "/v1/health") return void response.writeHead(200, { "content-type": "text/plain" }).end("ok\n");
    if (way !== "tcp" || !url.startsWith("/v1/")) return void response.writeHead(404).end();
    proxyToAgent(request, response, this.#deps.agentSocket);
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer, way: Way): void {
    const local = way === "local";
    if (local && request.url === HOST_PATH) return this.#upgradeControl(request, socket, head);
    const status = judgeUpgrade(request, { path: ATTACH_PATH, subprotocol: SUBPROTOCOL, local }, this.#rules);
    if (status !== undefined) return refuse(socket, status);
    const owner = this.#deps.siblings.ownerOf(request.headers.authorization);
    if (owner !== undefined) {
      this.#deps.passing(socket);
      return forwardUpgrade(request, socket, head, owner);
    }
    let right: Right | undefined;
    try {
      right = this.#rightOf(request.headers.authorization);
    } catch {
      return refuse(socket, 401);
    }
    // A page has no headers to set: without an Authorization the first message must bring the right. Strangers may
    // fill these places, and must not keep out who brought a ticket or is on our own socket.
    const counted = right === undefined && way !== "local" ? way : undefined;
    if (counted !== undefined && this.#anonymous[counted]++ >= MAX_ANONYMOUS) {
      this.#anonymous[counted]--;
      return refuse(socket, 429);
    }
    let waiting = counted !== undefined;
    const proved = () => {
      if (waiting && counted !== undefined) this.#anonymous[counted]--;
      waiting = false;
    };
    socket.once("close", proved);
    const nonce = local ? request.headers[NONCE_HEADER]?.toString() : undefined;
    this.#terminals.handleUpgrade(request, socket, head, (websocket) => this.#deps.attach(websocket, right, proved, nonce));
  }

  #upgradeControl(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    if (request.headers["sec-websocket-protocol"] !== HOST_SUBPROTOCOL || request.headers.origin !== undefined) return refuse(socket, 400);
    this.#controls.handleUpgrade(request, socket, head, (websocket) => this.#deps.control(websocket));
  }

  #rightOf(authorization: string | undefined): Right | undefined {
    if (authorization === undefined) return undefined;
    const [scheme, value = ""] = authorization.split(" ");
    if (scheme === "Fleet-Ticket") return this.#deps.rights.byTicket(value);
    if (scheme === "Fleet-Resume") return this.#deps.rights.bySecret(value);
    throw new FleetError("bad-ticket", "the ticket is not valid");
  }
}

function listen(server: Server, where: { path: string } | { host: string; port: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(where, () => {
      server.off("error", reject);
      server.on("error", () => {});
      resolve();
    });
  });
}
