// The relay's two doors: nodes keep a connection here, viewers are joined to them by node key. Everything a viewer may do is
// judged by the node; what is judged here is how much anybody may take of the relay.
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { Socket } from "node:net";
import { WebSocketServer } from "ws";
import type { FleetError } from "@fleetwire/shared/errors";
import { PublicKey } from "@fleetwire/shared/ids";
import type { UserClaims } from "@fleetwire/shared/keys";
import { MAX_MUX_FRAME } from "@fleetwire/shared/mux";
import { ATTACH_PATH, MAX_RELAY_TEXT, RELAY_NODE_PATH, RELAY_SUBPROTOCOL, RELAY_TO_PATH, SUBPROTOCOL } from "@fleetwire/shared/wire";
import { Limiter, networkOf, NODE_RATE, WITHOUT_RIGHT, WITH_RIGHT } from "./limits.ts";
import { NodeLine } from "./node-line.ts";
import { Nodes } from "./nodes.ts";
import { refuse } from "./refuse.ts";
import { Backlog, joinViewer } from "./viewers.ts";

/** The calls of a pino logger that this room makes. */
export interface Log {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

export interface RelayDeps {
  /** Key that the relay names itself by: the registry's. */
  readonly relay: PublicKey;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** @throws FleetError when the claims don't stand for a node of this fleet */
  readonly judge: (node: PublicKey, claims: UserClaims) => void;
  readonly log: Log;
}

export interface Relay extends AsyncDisposable {
  /** Not yet listening. */
  readonly server: Server;
  counts(): { readonly nodes: number; readonly viewers: number; readonly unproved: number };
}

/** Set by the gateway, which drops what a client says there. */
const REMOTE_HEADER = "fleet-remote";
/** Nodes that are still to prove themselves. */
const MAX_UNPROVED = 512;
const MAX_NODES = 20_000;
const MAX_VIEWERS = 8_192;
/** Of memory for what viewers haven't read yet. */
const MAX_BACKLOG = 256 * 1024 * 1024;
const JUDGE_MS = 60_000;

export function createRelay(deps: RelayDeps): Relay {
  const { log } = deps;
  const nodes = new Nodes();
  const unproved = new Set<NodeLine>();
  const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false, maxPayload: Math.max(MAX_MUX_FRAME, MAX_RELAY_TEXT), maxFragments: 8, maxBufferedChunks: 1_024, handleProtocols: () => RELAY_SUBPROTOCOL } as never);
  const backlog = new Backlog(MAX_BACKLOG);
  const elapsed = () => performance.now();
  const rates = { node: new Limiter(NODE_RATE, elapsed), shown: new Limiter(WITH_RIGHT, elapsed), unshown: new Limiter(WITHOUT_RIGHT, elapsed) };
  let viewers = 0;

  const server = createServer({ maxHeaderSize: 16 * 1024, headersTimeout: 5_000, requestTimeout: 10_000 }, (_request, response) => void response.writeHead(404).end());
  server.on("clientError", (_error, socket) => refuse(socket, 400));
  server.on("upgrade", (request, socket, head) => {
    const { url = "", method, headers } = request;
    if (method !== "GET" || url.includes("?") || headers.cookie !== undefined) return refuse(socket, 400);
    if (url === RELAY_NODE_PATH) return takeNode(request, socket as Socket, head);
    const key = url.startsWith(RELAY_TO_PATH) && url.endsWith(ATTACH_PATH) ? PublicKey.safeParse(url.slice(RELAY_TO_PATH.length, -ATTACH_PATH.length)) : undefined;
    if (key?.success !== true) return refuse(socket, 404);
    takeViewer(key.data, request, socket as Socket, head);
  });
  const judging = setInterval(() => nodes.all().forEach((line) => line.judgeAgain()), JUDGE_MS).unref();

  function takeNode(request: IncomingMessage, socket: Socket, head: Buffer): void {
    // A page has no business here.
    if (request.headers["sec-websocket-protocol"] !== RELAY_SUBPROTOCOL || request.headers.origin !== undefined) return refuse(socket, 400);
    if (unproved.size >= MAX_UNPROVED || nodes.size >= MAX_NODES || !rates.node.take(remoteOf(request))) return refuse(socket, 429);
    sockets.handleUpgrade(request, socket, head, (websocket) => {
      const line = new NodeLine(websocket, { ...deps, proved, closed });
      unproved.add(line);
    });
  }

  function proved(line: NodeLine): void {
    unproved.delete(line);
    nodes.add(line);
    log.info({ node: line.node, nodes: nodes.size }, "a node is here");
  }

  function closed(line: NodeLine, refused: FleetError | undefined): void {
    if (refused !== undefined) log.warn({ node: line.node, code: refused.code, reason: refused.message }, "a node was refused");
    unproved.delete(line);
    nodes.remove(line);
  }

  function takeViewer(node: PublicKey, request: IncomingMessage, socket: Socket, head: Buffer): void {
    if (request.headers["sec-websocket-protocol"] !== SUBPROTOCOL) return refuse(socket, 400);
    const rate = (request.headers.authorization ?? "") === "" ? rates.unshown : rates.shown;
    if (viewers >= MAX_VIEWERS || !rate.take(remoteOf(request))) return refuse(socket, 429);
    const line = nodes.newest(node);
    // Never heard of and not here now look the same.
    if (line === undefined) return refuse(socket, 503);
    const stream = line.open();
    if (stream === undefined) return refuse(socket, 429);
    viewers++;
    socket.once("close", () => viewers--);
    joinViewer(request, socket, head, stream, backlog);
  }

  return {
    server,
    counts: () => ({ nodes: nodes.size, viewers, unproved: unproved.size }),
    async [Symbol.asyncDispose]() {
      clearInterval(judging);
      server.close();
      for (const line of [...nodes.all(), ...unproved]) line.close();
      server.closeAllConnections();
    },
  };
}

function remoteOf({ headers }: IncomingMessage): string {
  return networkOf(headers[REMOTE_HEADER]?.toString() ?? "");
}
