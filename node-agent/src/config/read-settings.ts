// Environment over file over default. What `fleet up` was told stands above all three and is kept in the database.
import { readFileSync, statSync } from "node:fs";
import { parse as parseToml } from "smol-toml";
import type { Issuer } from "@fleetwire/shared/bus";
import { ConfigFile, expandTilde, pathsOf } from "@fleetwire/shared/config";
import { Labels } from "@fleetwire/shared/domain";
import { FleetError, parseOr } from "@fleetwire/shared/errors";
import { FleetName, NodeName, PoolName } from "@fleetwire/shared/ids";
import { normalizeNodeUrl } from "@fleetwire/shared/wire";
import { defaultNodeName } from "./node-name.ts";
import { parseListen, type Rgb, type Settings } from "./settings.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * | environment | file | default |
 * |---|---|---|
 * | FLEET_HOME | | XDG directories |
 * | FLEET_NODE_NAME | node.name | the host's name |
 * | FLEET_LABELS `k=v,k=v` (added to the file's) | node.labels | none |
 * | FLEET_LISTEN | node.listen | 127.0.0.1:9100, or a free port |
 * | FLEET_EXTERNAL_URL | node.external_url | none |
 * | FLEET_EXTERNAL_CA (a PEM file) | node.external_ca | a public CA |
 * | FLEET_NATS_URL (commas between several) | nats.url | none |
 * | FLEET_NATS_CREDS, FLEET_NATS_TOKEN | nats.creds, nats.token | none |
 * | FLEET_FLEET, FLEET_POOL | nats.fleet, nats.pool | default |
 * | FLEET_OPEN 1/0 | nats.open | no |
 * | FLEET_GATEWAY 1/0, FLEET_GATEWAY_PORT, _HOST, _BIND | gateway.* | a Caddy when in a fleet |
 * | FLEET_LOG_LEVEL | | info |
 *
 * @throws FleetError `bad-config` naming the file or variable and the key
 */
export function readSettings(env: Environment, home: string, hostname: string): Settings {
  const paths = pathsOf(env, home);
  const file = readConfigFile(paths.configFile);
  const value = (name: string) => env[name] || undefined;
  const node = file.node ?? {};
  const nats = file.nats ?? {};
  const urls = value("FLEET_NATS_URL")?.split(",").map((url) => url.trim()).filter((url) => url !== "") ?? [nats.url ?? []].flat();
  const creds = value("FLEET_NATS_CREDS") ?? nats.creds;
  const token = value("FLEET_NATS_TOKEN") ?? nats.token;
  const listen = value("FLEET_LISTEN") ?? node.listen;
  const external = value("FLEET_EXTERNAL_URL") ?? node.external_url;
  const externalCa = value("FLEET_EXTERNAL_CA") ?? node.external_ca;
  const port = value("FLEET_GATEWAY_PORT");
  return {
    paths,
    home,
    nodeName: named(NodeName, value("FLEET_NODE_NAME"), "FLEET_NODE_NAME") ?? node.name ?? defaultNodeName(hostname),
    labels: { ...node.labels, ...labelsOf(value("FLEET_LABELS")) },
    listen: listen === undefined ? undefined : parseListen(listen, value("FLEET_LISTEN") === undefined ? `${paths.configFile}: node.listen` : "FLEET_LISTEN"),
    externalUrl: external === undefined ? undefined : normalizeNodeUrl(external),
    externalCa: externalCa === undefined ? undefined : readPem(expandTilde(externalCa, home)),
    origins: node.origins ?? [],
    nats: urls.length === 0 ? undefined : { urls, creds: creds === undefined ? undefined : expandTilde(creds, home), token },
    fleet: named(FleetName, value("FLEET_FLEET"), "FLEET_FLEET") ?? nats.fleet ?? FleetName.parse("default"),
    pool: named(PoolName, value("FLEET_POOL"), "FLEET_POOL") ?? nats.pool ?? PoolName.parse("default"),
    open: flag(value("FLEET_OPEN"), "FLEET_OPEN") ?? nats.open ?? false,
    issuers: issuersOf(nats.roles),
    gateway: {
      enabled: flag(value("FLEET_GATEWAY"), "FLEET_GATEWAY") ?? file.gateway?.enabled,
      port: port === undefined ? file.gateway?.port : parseListen(port, "FLEET_GATEWAY_PORT").port,
      host: value("FLEET_GATEWAY_HOST") ?? file.gateway?.host,
      bind: value("FLEET_GATEWAY_BIND") ?? file.gateway?.bind,
    },
    logBytes: file.sessions?.log_bytes ?? 64 * 1024 * 1024,
    keepDays: file.sessions?.keep_days ?? 30,
    keepBytes: file.sessions?.keep_bytes ?? 4 * 1024 * 1024 * 1024,
    keepCount: file.sessions?.keep_count ?? 10_000,
    maxSessions: file.sessions?.max ?? 2_000,
    perHost: file.sessions?.per_host ?? 2_000,
    keepEvents: { count: file.events?.keep_count ?? 10_000, days: file.events?.keep_days ?? 7 },
    colors: colorsOf(file.terminal),
    audit: {
      required: file.audit?.mode === "required",
      commands: file.audit?.commands ?? "hash",
      keepBytes: file.audit?.keep_bytes ?? 64 * 1024 * 1024,
      keepDays: file.audit?.keep_days ?? 400,
    },
    metrics: metricsOf(file.metrics, paths.configFile, home),
    notify: file.notify ?? [],
    logLevel: logLevel(value("FLEET_LOG_LEVEL")),
  };
}

function readConfigFile(path: string): ConfigFile {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return {};
    throw new FleetError("bad-config", `${path} can't be read: ${error instanceof Error ? error.message : String(error)}`);
  }
  let table: unknown;
  try {
    table = parseToml(text);
  } catch (error) {
    throw new FleetError("bad-config", `${path}: ${(error instanceof Error ? error.message : String(error)).split("\n")[0]}`);
  }
  const parsed = ConfigFile.safeParse(table);
  if (parsed.success) return checkedMode(path, parsed.data);
  const issue = parsed.error.issues[0];
  const key = [...(issue?.path ?? []), ...(issue?.code === "unrecognized_keys" ? [issue.keys[0]] : [])].join(".");
  throw new FleetError("bad-config", `${path}: ${key}: ${issue?.code === "unrecognized_keys" ? "this key is not known" : (issue?.message ?? "not what was expected")}`);
}

/** Who can write the file decides what the node does; who can read it has the token in it. */
function checkedMode(path: string, file: ConfigFile): ConfigFile {
  const forbidden = file.nats?.token === undefined ? 0o022 : 0o077;
  if ((statSync(path).mode & forbidden) !== 0) throw new FleetError("unsafe-permissions", `${path} is open to other users`);
  return file;
}

/** A key of a role that is cut by pool counts in this node's own one, whichever that is: the server keeps the others apart. */
function issuersOf(roles: NonNullable<ConfigFile["nats"]>["roles"] = {}): Issuer[] {
  return Object.entries(roles).flatMap(([role, keys]) => (keys ?? []).map((key) => ({ key, role: role as Issuer["role"] })));
}

/** One of the two alone: the other as it mostly goes with it. */
function colorsOf(terminal: ConfigFile["terminal"]): Settings["colors"] {
  if (terminal?.foreground === undefined && terminal?.background === undefined) return undefined;
  const dark = terminal.background === undefined || sum(rgbOf(terminal.background)) < 384;
  return { foreground: rgbOf(terminal.foreground ?? (dark ? "#d8d8d8" : "#181818")), background: rgbOf(terminal.background ?? "#181818") };
}

const sum = (color: Rgb) => color[0] + color[1] + color[2];

function rgbOf(text: string): Rgb {
  const level = (at: number) => Number.parseInt(text.slice(at, at + 2), 16);
  return [level(1), level(3), level(5)];
}

/** Who reaches another address than loopback could otherwise read what this machine is busy with. */
function metricsOf(metrics: ConfigFile["metrics"], file: string, home: string): Settings["metrics"] {
  const listen = metrics?.listen === undefined ? undefined : parseListen(metrics.listen, `${file}: metrics.listen`);
  const tokenFile = metrics?.token_file === undefined ? undefined : expandTilde(metrics.token_file, home);
  if (listen !== undefined && tokenFile === undefined && !/^(127\.|::1$|localhost$)/.test(listen.address)) throw new FleetError("bad-config", `${file}: metrics.listen: ${listen.address} is reached by others: metrics.token_file is needed`);
  return { ...(listen === undefined ? {} : { listen }), ...(tokenFile === undefined ? {} : { tokenFile }) };
}

function readPem(path: string): string {
  try {
    const text = readFileSync(path, "utf8");
    if (text.includes("-----BEGIN CERTIFICATE-----")) return text;
  } catch (error) {
    throw new FleetError("bad-config", `${path} can't be read: ${error instanceof Error ? error.message : String(error)}`);
  }
  throw new FleetError("bad-config", `${path} has no certificate in PEM form`);
}

function named<S extends Parameters<typeof parseOr>[0]>(schema: S, value: string | undefined, where: string) {
  return value === undefined ? undefined : parseOr(schema, value, where, "bad-config");
}

function flag(value: string | undefined, where: string): boolean | undefined {
  if (value === undefined) return undefined;
  if (/^(1|true|yes)$/i.test(value)) return true;
  if (/^(0|false|no)$/i.test(value)) return false;
  throw new FleetError("bad-config", `${where}: '${value}' is neither 1 nor 0`);
}

function labelsOf(value: string | undefined): Labels {
  if (value === undefined) return {};
  const pairs = value.split(",").filter((pair) => pair.trim() !== "");
  return parseOr(
    Labels,
    Object.fromEntries(
      pairs.map((pair) => {
        const at = pair.indexOf("=");
        if (at < 1) throw new FleetError("bad-config", `FLEET_LABELS: '${pair}' is not key=value`);
        return [pair.slice(0, at).trim(), pair.slice(at + 1).trim()];
      }),
    ),
    "FLEET_LABELS",
    "bad-config",
  );
}

function logLevel(value: string | undefined): string {
  if (value === undefined) return "info";
  if (["trace", "debug", "info", "warn", "error", "fatal", "silent"].includes(value)) return value;
  throw new FleetError("bad-config", `FLEET_LOG_LEVEL: '${value}' is not a level: debug, info, warn or error`);
}
