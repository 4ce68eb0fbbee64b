// Who may import whom: the architecture on one screen. layers.test.ts reads every import against it.
// A room is a folder named here; a file belongs to the longest room that holds it. A room may import itself, the rooms
// named for it (through their door, index.ts), and the npm packages listed for it.

export interface Room {
  readonly rooms: readonly string[];
  readonly packages?: readonly string[];
  /** Only Node modules that compute: no files, no network, no processes. */
  readonly pure?: boolean;
}

const S = "shared/src";
const N = "node-agent/src";
const C = "fleet-cli/src";
const words = ["ids", "errors", "domain", "keys", "audit", "bus", "wire", "control", "config", "placement", "mux", "plain"].map((room) => `${S}/${room}`);
const agentBasics = [...words, `${N}/log`, `${N}/config`, `${N}/pty-host`];

export const ROOMS: Readonly<Record<string, Room>> = {
  // THE WORDS: errors <- ids <- domain, keys <- placement, audit <- bus, wire, control, config
  [`${S}/errors`]: { rooms: [], packages: ["zod"], pure: true },
  [`${S}/plain`]: { rooms: [], pure: true },
  [`${S}/ids`]: { rooms: [`${S}/errors`], packages: ["zod"], pure: true },
  [`${S}/domain`]: { rooms: [`${S}/ids`], packages: ["zod"], pure: true },
  [`${S}/keys`]: { rooms: [`${S}/errors`], packages: ["zod"], pure: true },
  [`${S}/placement`]: { rooms: [`${S}/ids`, `${S}/errors`, `${S}/domain`], packages: ["zod"], pure: true },
  [`${S}/audit`]: { rooms: [`${S}/ids`, `${S}/errors`, `${S}/keys`], packages: ["zod"], pure: true },
  [`${S}/bus`]: { rooms: [`${S}/ids`, `${S}/errors`, `${S}/domain`, `${S}/keys`, `${S}/placement`, `${S}/audit`], packages: ["zod"], pure: true },
  [`${S}/wire`]: { rooms: [`${S}/ids`, `${S}/errors`, `${S}/domain`, `${S}/keys`], packages: ["zod"], pure: true },
  [`${S}/mux`]: { rooms: [`${S}/errors`], pure: true },
  [`${S}/control`]: { rooms: [`${S}/ids`, `${S}/errors`, `${S}/domain`], packages: ["zod"], pure: true },
  [`${S}/config`]: { rooms: [`${S}/ids`, `${S}/errors`, `${S}/domain`], packages: ["zod"], pure: true },
  // The one room of the words that does something: node and CLI tell people of events in the same way.
  [`${S}/notify`]: { rooms: [`${S}/errors`, `${S}/bus`, `${S}/config`], packages: ["zod"] },
  [`${S}/testing`]: { rooms: words },

  // THE HANDS, second process: words only
  [`${N}/pty-host`]: {
    rooms: [`${S}/ids`, `${S}/wire`, `${S}/mux`, `${S}/control`, `${S}/errors`, `${S}/plain`],
    packages: ["node-pty", "ws", "@xterm/headless", "zod"],
  },

  // THE HANDS: the node agent
  [`${N}/log`]: { rooms: words, packages: ["pino"] },
  [`${N}/config`]: { rooms: [...words, `${N}/log`], packages: ["smol-toml"] },
  [`${N}/store`]: { rooms: agentBasics, packages: ["better-sqlite3", "zod"] },
  [`${N}/audit`]: { rooms: agentBasics, packages: ["zod"] },
  [`${N}/metrics`]: { rooms: agentBasics },
  [`${N}/processes`]: { rooms: agentBasics, packages: ["zod"] },
  [`${N}/services`]: { rooms: [...agentBasics, `${N}/processes`] },
  [`${N}/gateway`]: { rooms: [...agentBasics, `${N}/processes`], packages: ["zod"] },
  [`${N}/gpus`]: { rooms: agentBasics, packages: ["zod"] },
  [`${N}/node`]: { rooms: [...agentBasics, `${N}/store`, `${N}/gpus`], packages: ["zod"] },
  [`${N}/search`]: { rooms: agentBasics },
  [`${N}/sessions`]: { rooms: [...agentBasics, `${N}/store`, `${N}/node`, `${N}/gpus`, `${N}/search`], packages: ["ws", "zod"] },
  [`${N}/agent-rules`]: { rooms: agentBasics, packages: ["smol-toml"] },
  [`${N}/fleet`]: { rooms: agentBasics, packages: ["nats", "zod"] },
  [`${N}/messages`]: { rooms: [...agentBasics, `${N}/store`, `${N}/node`, `${N}/fleet`] },
  [`${N}/registry`]: { rooms: [...agentBasics, `${N}/audit`, `${N}/fleet`, `${N}/metrics`], packages: ["@nats-io/jwt", "zod"] },
  [`${N}/relay`]: { rooms: [...agentBasics, `${N}/fleet`, `${N}/registry`], packages: ["ws", "zod"] },
  [`${N}/hub`]: { rooms: [...agentBasics, `${N}/audit`, `${N}/processes`, `${N}/gateway`, `${N}/fleet`, `${N}/registry`, `${N}/relay`], packages: ["@nats-io/jwt", "zod"] },
  [`${N}/bus`]: { rooms: [...agentBasics, `${N}/audit`, `${N}/metrics`, `${N}/store`, `${N}/node`, `${N}/sessions`, `${N}/fleet`, `${N}/messages`, `${N}/hub`, `${N}/gateway`, `${N}/services`], packages: ["zod"] },
  [N]: { rooms: [...agentBasics, `${S}/notify`, ...["agent-rules", "audit", "metrics", "store", "processes", "services", "gateway", "gpus", "node", "search", "sessions", "messages", "fleet", "registry", "relay", "hub", "bus"].map((room) => `${N}/${room}`)] },

  // THE FACES
  [`${C}/config`]: { rooms: words, packages: ["smol-toml", "zod"] },
  [`${C}/text`]: { rooms: words, pure: true },
  [`${C}/ui`]: { rooms: [...words, `${C}/text`] },
  [`${C}/client/stream`]: { rooms: words, packages: ["ws"] },
  [`${C}/client`]: { rooms: [...words, `${C}/config`, `${C}/text`, `${C}/client/stream`], packages: ["nats", "zod"] },
  [`${C}/recording`]: { rooms: [...words, `${C}/client/stream`], packages: ["zod"] },
  [`${C}/terminal`]: { rooms: [...words, `${C}/client/stream`, `${C}/recording`] },
  [`${C}/top`]: { rooms: [...words, `${C}/client`, `${C}/text`, `${C}/ui`, `${C}/terminal`] },
  [`${C}/drawing`]: { rooms: words },
  [`${C}/mcp`]: { rooms: [...words, `${C}/config`, `${C}/text`, `${C}/ui`, `${C}/client`, `${C}/client/stream`], packages: ["@modelcontextprotocol/sdk", "zod"] },
  [`${C}/commands`]: { rooms: [...words, `${S}/notify`, `${C}/drawing`, `${C}/top`, `${C}/mcp`, `${C}/config`, `${C}/text`, `${C}/ui`, `${C}/client`, `${C}/client/stream`, `${C}/recording`, `${C}/terminal`], packages: ["zod"] },
  [C]: { rooms: [...words, `${C}/config`, `${C}/ui`, `${C}/client`, `${C}/commands`] },
};

/** Node modules a pure room may use: they compute, they don't touch the world. */
export const PURE_MODULES: readonly string[] = ["node:crypto", "node:util", "node:buffer", "node:string_decoder"];

/** What tests may import beside what their subject may. */
export const TEST_PACKAGES: readonly string[] = ["vitest", "fast-check", "nats", "ws", "node-pty", "@xterm/headless", "@nats-io/nkeys", "@nats-io/jwt", "@modelcontextprotocol/sdk", "esbuild"];

/** Text that may stand in some files only: pattern, where it may stand, why. Tests are free of it. */
export const CONFINED: readonly { readonly pattern: RegExp; readonly allowed: RegExp; readonly why: string }[] = [
  { pattern: /["'`](f1\.|_I\.)/, allowed: /^shared\/src\/bus\//, why: "subject strings are written in shared/src/bus only" },
  { pattern: /\bprocess\.env\b/, allowed: /\/config\/|\/main\.ts$/, why: "the environment is read in config/ only" },
  { pattern: /\bprocess\.exit\(/, allowed: /\/main\.ts$/, why: "only main.ts ends the process" },
  { pattern: /\bconsole\.|process\.(stdout|stderr)\.write\(/, allowed: /^fleet-cli\/src\/ui\/|^fleet-cli\/src\/terminal\/|\/main\.ts$/, why: "printing happens in ui/ only" },
];
