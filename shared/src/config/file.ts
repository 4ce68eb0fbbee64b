// `config.toml`. Unknown keys are refused: a misspelt setting must not be a silent default.
import * as z from "zod/mini";
import { FleetName, IssuerKey, NodeName, PoolName, PublicKey, Tag } from "../ids/index.ts";
import { Labels } from "../domain/index.ts";
import { NotifyRule } from "./notify-rule.ts";

const Color = z.string().check(z.regex(/^#[0-9a-fA-F]{6}$/, "not a colour like #1e1e1e"));
const Port = z.int().check(z.gte(1), z.lte(65_535));

export const ConfigFile = z.strictObject({
  node: z.optional(
    z.strictObject({
      name: z.optional(NodeName),
      labels: z.optional(Labels),
      /** `address:port` of the terminal listener; default 127.0.0.1:9100, or any free port when that is taken. */
      listen: z.optional(z.string()),
      /** Address of this node's terminals when something else than its own Caddy stands in front. */
      external_url: z.optional(z.string()),
      /** PEM file of the CA behind that address, when it isn't a public one: viewers get it with their ticket. */
      external_ca: z.optional(z.string()),
      /** Page origins that may open a terminal; none by default. */
      origins: z.optional(z.array(z.string())),
    }),
  ),
  nats: z.optional(
    z.strictObject({
      url: z.optional(z.union([z.string(), z.array(z.string())])),
      creds: z.optional(z.string()),
      token: z.optional(z.string()),
      fleet: z.optional(FleetName),
      pool: z.optional(PoolName),
      /** Accept callers that prove no role: for a plain NATS that nobody else reaches. */
      open: z.optional(z.boolean()),
      /** On a NATS of one's own: public keys by the role they stand for, `A…` of signing keys, `U…` of single callers. */
      roles: z.optional(z.partialRecord(z.enum(["viewer", "operator", "admin", "ci", "registry"]), z.array(z.union([IssuerKey, PublicKey])))),
    }),
  ),
  gateway: z.optional(
    z.strictObject({
      /** Run a Caddy in front of this node's terminals. Default: yes when the node is in a fleet and caddy is installed. */
      enabled: z.optional(z.boolean()),
      port: z.optional(Port),
      /** Name in its certificate and its URL; default: this machine's host name on a public hub, otherwise localhost. */
      host: z.optional(z.string()),
      /** Address it listens on; default loopback. */
      bind: z.optional(z.string()),
    }),
  ),
  sessions: z.optional(
    z.strictObject({
      /** Newest output kept per session, bytes. */
      log_bytes: z.optional(z.int().check(z.gte(1_048_576))),
      max: z.optional(z.int().check(z.positive())),
      /** Sessions in one PTY host; with more a further host is started. What crashes with a host is at most so many. */
      per_host: z.optional(z.int().check(z.positive())),
      /** Ended sessions older than this are removed with their logs; 0: never for their age. */
      keep_days: z.optional(z.number().check(z.gte(0), z.lte(36_500))),
      /** The logs of all ended sessions together, bytes: beyond it those that ended first are removed; 0: no bound. */
      keep_bytes: z.optional(z.int().check(z.gte(0))),
      /** Ended sessions at most: beyond it those that ended first are removed; 0: no bound. */
      keep_count: z.optional(z.int().check(z.gte(0))),
    }),
  ),
  /** Who did what, in a chain of records. */
  audit: z.optional(
    z.strictObject({
      /** `required`: a change that can't be recorded on the disk is not run. Default `on`: it is run, and the node says that its record has a gap. */
      mode: z.optional(z.enum(["on", "required"])),
      /** What is kept of a launched command: name, number of arguments and a hash (`hash`, the default), the name alone, or all of it. */
      commands: z.optional(z.enum(["hash", "name", "full"])),
      /** All files together, bytes; what is older goes. */
      keep_bytes: z.optional(z.int().check(z.gte(1_048_576))),
      keep_days: z.optional(z.number().check(z.positive(), z.lte(36_500))),
    }),
  ),
  metrics: z.optional(
    z.strictObject({
      /** `address:port` where GET /metrics is answered over plain HTTP. Default: nowhere; the node's socket and direct server always answer. */
      listen: z.optional(z.string()),
      /** A file with the bearer token to ask for; needed where others than this machine can reach the address. */
      token_file: z.optional(z.string()),
    }),
  ),
  events: z.optional(
    z.strictObject({
      /** Events that a node keeps of itself. */
      keep_count: z.optional(z.int().check(z.gte(100), z.lte(1_000_000))),
      keep_days: z.optional(z.number().check(z.positive(), z.lte(36_500))),
    }),
  ),
  /** What programs are told that ask for the terminal's colours, `#rrggbb`. */
  terminal: z.optional(z.strictObject({ foreground: z.optional(Color), background: z.optional(Color) })),
  notify: z.optional(z.array(NotifyRule)),
  /** What `fleet mcp` lets a model do; each is also a flag of it. */
  mcp: z.optional(
    z.strictObject({
      /** Only tools that change nothing. */
      read_only: z.optional(z.boolean()),
      /** Names of nodes, `*` and `?` stand for characters. Default: all. */
      allow_nodes: z.optional(z.array(z.string())),
      /** Commands that may be launched and restarted. Default: any. */
      allow_commands: z.optional(z.array(z.string())),
      /** Variables that a launch may set where commands are limited. Default: none. */
      allow_env: z.optional(z.array(z.string())),
      /** Tools by name. Default: all. */
      allow_tools: z.optional(z.array(z.string())),
      /** Only sessions that have all of these tags; what is launched gets them. */
      tags: z.optional(z.array(Tag)),
      /** Longest answer, characters. */
      max_chars: z.optional(z.int().check(z.gte(1_000), z.lte(1_000_000))),
    }),
  ),
  attach: z.optional(
    z.strictObject({
      scrollback: z.optional(z.int().check(z.gte(0), z.lte(100_000))),
      /** Whether programs may put text into the clipboard of who looks (OSC 52). They never read it. */
      clipboard: z.optional(z.enum(["off", "write"])),
      /** Programs may name the window; default yes. */
      titles: z.optional(z.boolean()),
      /** Programs may raise notifications on the desktop; default yes. */
      notifications: z.optional(z.boolean()),
    }),
  ),
});
export type ConfigFile = z.infer<typeof ConfigFile>;
