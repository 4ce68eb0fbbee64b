// Property lists for launchd (macOS). A job's children go on when it ends: AbandonProcessGroup.
import type { ServiceFacts, ServiceFile } from "./types.ts";

type Value = string | boolean | number | readonly string[] | { readonly [key: string]: Value };

export function nodePlist(scope: "user" | "system", facts: ServiceFacts): ServiceFile {
  const { name, agent, environment, home, user, stateDir } = facts;
  return plist(scope, home, `dev.fleetwire.${name}`, {
    ProgramArguments: agent,
    EnvironmentVariables: environment,
    WorkingDirectory: home,
    ...(scope === "system" ? { UserName: user } : {}),
    RunAtLoad: true,
    // Stopped with 'fleet down' it stays down.
    KeepAlive: { SuccessfulExit: false },
    AbandonProcessGroup: true,
    ThrottleInterval: 1,
    Umask: 0o077,
    SoftResourceLimits: { NumberOfFiles: 65_536 },
    StandardErrorPath: `${stateDir}/logs/agent-start.log`,
  });
}

export function hubPlists(scope: "user" | "system", facts: ServiceFacts): ServiceFile[] {
  const { hub, home, user, environment } = facts;
  if (hub === undefined) return [];
  const base = `dev.fleetwire.${facts.name.replace(/^fleet-node/, "fleet-hub")}`;
  return (["nats", "registry", "relay"] as const).map((what) =>
    plist(scope, home, `${base}-${what}`, { ProgramArguments: hub[what], EnvironmentVariables: environment, WorkingDirectory: home, ...(scope === "system" ? { UserName: user } : {}), RunAtLoad: true, KeepAlive: true, ThrottleInterval: 1, Umask: 0o077, StandardErrorPath: `${hub.directory}/logs/${what}.log` }),
  );
}

function plist(scope: "user" | "system", home: string, label: string, job: Record<string, Value>): ServiceFile {
  const directory = scope === "system" ? "/Library/LaunchDaemons" : `${home}/Library/LaunchAgents`;
  const head = '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">';
  return { path: `${directory}/${label}.plist`, content: `${head}\n<plist version="1.0">\n${render({ Label: label, ...job }, "")}\n</plist>\n` };
}

function render(value: Value, indent: string): string {
  const inner = `${indent}  `;
  if (typeof value === "boolean") return `${indent}<${value}/>`;
  if (typeof value === "number") return `${indent}<integer>${value}</integer>`;
  if (typeof value === "string") return `${indent}<string>${escaped(value)}</string>`;
  if (isList(value)) return `${indent}<array>\n${value.map((each) => render(each, inner)).join("\n")}\n${indent}</array>`;
  return `${indent}<dict>\n${Object.entries(value).map(([key, each]) => `${inner}<key>${escaped(key)}</key>\n${render(each, inner)}`).join("\n")}\n${indent}</dict>`;
}

const isList = (value: Value): value is readonly string[] => Array.isArray(value);

const escaped = (text: string) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
