// Units for systemd. The agent's says that its children are not its own to end: PTY hosts, with all sessions, go on when it is
// restarted, stopped or replaced.
import type { ServiceFacts, ServiceFile } from "./types.ts";

export type Scope = "user" | "system";

/** Where units of a scope lie. */
export function unitDirectory(scope: Scope, { home, environment }: Pick<ServiceFacts, "home" | "environment">): string {
  return scope === "system" ? "/etc/systemd/system" : `${environment["XDG_CONFIG_HOME"] ?? `${home}/.config`}/systemd/user`;
}

export function nodeUnit(scope: Scope, facts: ServiceFacts): ServiceFile {
  const { name, uid, runDir } = facts;
  // A login's directory for sockets is there only while somebody is logged in, unless a unit wants it.
  const runtime = scope === "system" && runDir.startsWith(`/run/user/${uid}/`) ? [`Requires=user-runtime-dir@${uid}.service`, `After=user-runtime-dir@${uid}.service`] : [];
  return unit(scope, facts, `${name}.service`, {
    Unit: ["Description=Fleetwire node agent", ...(scope === "system" ? ["Wants=network-online.target", "After=network-online.target"] : []), ...runtime, "StartLimitIntervalSec=60", "StartLimitBurst=20"],
    Service: [
      "Type=exec",
      ...identity(scope, facts),
      `ExecStart=${commandLine(facts.agent)}`,
      "ExecReload=/bin/kill -HUP $MAINPID",
      // Stopped with 'fleet down' it stays down.
      "Restart=on-failure",
      "RestartSec=1",
      "# PTY hosts and sessions are below this unit and outlive the agent: only the agent itself is signalled.",
      "KillMode=process",
      "# A session that is ended for want of memory is not the end of the node.",
      "OOMPolicy=continue",
      "# Each session gets a control group below.",
      "Delegate=yes",
      "TasksMax=infinity",
      "LimitNOFILE=65536",
      "# No sandboxing here: sessions would inherit it, and they are for whatever people do on this machine.",
      "UMask=0077",
    ],
    Install: [`WantedBy=${scope === "system" ? "multi-user" : "default"}.target`],
  });
}

/** The hub's programs, each a unit; the target brings and ends them together. None without a hub. */
export function hubUnits(scope: Scope, facts: ServiceFacts): ServiceFile[] {
  const { hub } = facts;
  if (hub === undefined) return [];
  const names = hubUnitNames(facts.name);
  const service = (what: string, name: string, command: readonly string[], after: readonly string[]) =>
    unit(scope, facts, name, {
      Unit: [`Description=Fleetwire hub: ${what}`, `PartOf=${names.target}`, ...after.map((other) => `After=${other}`), "StartLimitIntervalSec=60", "StartLimitBurst=20"],
      Service: ["Type=exec", ...identity(scope, facts), `ExecStart=${commandLine(command)}`, "Restart=always", "RestartSec=1", "# nats-server ends so when it is told to.", "SuccessExitStatus=1", "LimitNOFILE=65536", "UMask=0077", ...hardening(scope, hub.directory)],
      Install: [`WantedBy=${names.target}`],
    });
  return [
    unit(scope, facts, names.target, { Unit: ["Description=Fleetwire hub", `Wants=${names.nats} ${names.registry} ${names.relay}`], Install: [`WantedBy=${scope === "system" ? "multi-user" : "default"}.target`] }),
    service("nats-server", names.nats, hub.nats, scope === "system" ? ["network-online.target"] : []),
    service("registry", names.registry, hub.registry, [names.nats]),
    service("relay", names.relay, hub.relay, []),
  ];
}

export function hubUnitNames(nodeName: string) {
  const base = nodeName.replace(/^fleet-node/, "fleet-hub");
  return { target: `${base}.target`, nats: `${base}-nats.service`, registry: `${base}-registry.service`, relay: `${base}-relay.service` };
}

/** Nobody's programs run below the hub, so that it can be shut in. What needs namespaces of its own is left out where a user's manager may have none. */
function hardening(scope: Scope, directory: string): string[] {
  const everywhere = ["NoNewPrivileges=yes", "RestrictSUIDSGID=yes", "LockPersonality=yes", "RestrictRealtime=yes", "SystemCallArchitectures=native"];
  if (scope === "user") return everywhere;
  return [...everywhere, "CapabilityBoundingSet=", "ProtectSystem=strict", `ReadWritePaths=${quoted(directory)}`, "PrivateTmp=yes", "PrivateDevices=yes", "ProtectKernelTunables=yes", "ProtectKernelModules=yes", "ProtectControlGroups=yes", "RestrictNamespaces=yes", "RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK"];
}

function identity(scope: Scope, { user, environment }: ServiceFacts): string[] {
  return [...(scope === "system" ? [`User=${user}`] : []), "WorkingDirectory=~", ...Object.entries(environment).map(([name, value]) => `Environment=${quoted(`${name}=${value}`)}`)];
}

function unit(scope: Scope, facts: ServiceFacts, name: string, sections: Readonly<Record<string, readonly string[]>>): ServiceFile {
  const text = Object.entries(sections).map(([title, lines]) => `[${title}]\n${lines.join("\n")}\n`);
  return { path: `${unitDirectory(scope, facts)}/${name}`, content: `# Written by 'fleet up --install'; 'fleet down --uninstall' removes it.\n${text.join("\n")}` };
}

const commandLine = (command: readonly string[]) => command.map((word) => quoted(word).replaceAll("$", "$$$$")).join(" ");

/** A word as systemd reads it: in quotes where it has spaces, specifiers and backslashes doubled. */
export function quoted(word: string): string {
  const escaped = word.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("%", "%%");
  return /[\s"'\\;]/.test(word) ? `"${escaped}"` : escaped;
}
