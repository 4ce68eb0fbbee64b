// Installing this node, and its hub, as services of the machine's service manager.
import { chmodSync, existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname } from "node:path";
import { userInfo } from "node:os";
import { FleetError } from "@fleetwire/shared/errors";
import { hubPlists, nodePlist } from "./launchd.ts";
import { readMarker, writeMarker } from "./marker.ts";
import { command, systemctl } from "./systemctl.ts";
import { hubUnitNames, hubUnits, nodeUnit, unitDirectory, type Scope } from "./systemd.ts";
import type { ServiceFacts, ServiceFile, ServicePlan, Services } from "./types.ts";

export interface ServicesDeps {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  readonly stateDir: string;
  readonly runDir: string;
  /** Command lines of the agent, and of the hub's services without `--state DIR`. */
  readonly agent: readonly string[];
  readonly registry: readonly string[];
  readonly relay: readonly string[];
  readonly findProgram: (name: string) => string | undefined;
  /** The hub's programs end here, and begin again as what the marker says. */
  readonly hub: { exists(): boolean; isUp(): boolean; down(): Promise<unknown>; up(): Promise<unknown> };
}

/** What the program's home, and its sessions' programs, are found by. */
const KEPT = /^(PATH|LANG|FLEET_HOME|XDG_(CONFIG|STATE|DATA)_HOME|XDG_RUNTIME_DIR)$/;

export function createServices(deps: ServicesDeps): Services {
  const { stateDir, hub } = deps;

  function factsOf(withHub: boolean): ServiceFacts {
    const own = deps.env["FLEET_HOME"];
    const natsServer = deps.findProgram("nats-server");
    if (withHub && !hub.exists()) throw new FleetError("hub-missing", "there is no hub on this machine");
    if (withHub && natsServer === undefined) throw new FleetError("missing-program", "nats-server is not installed", { hint: "install it, e.g. 'apt-get install nats-server'" });
    const directory = `${stateDir}/hub`;
    return {
      home: deps.home,
      user: userInfo().username,
      uid: process.getuid?.() ?? 0,
      name: own === undefined || own === "" ? "fleet-node" : `fleet-node-${basename(own).replace(/[^A-Za-z0-9_-]/g, "") || "home"}`,
      environment: Object.fromEntries(Object.entries(deps.env).filter((entry): entry is [string, string] => KEPT.test(entry[0]) && entry[1] !== undefined && entry[1] !== "")),
      stateDir,
      runDir: deps.runDir,
      agent: deps.agent,
      ...(withHub ? { hub: { directory, nats: [natsServer ?? "", "-c", `${directory}/nats/nats-server.conf`], registry: [...deps.registry, "--state", directory], relay: [...deps.relay, "--state", directory] } } : {}),
    };
  }

  /** As root they are root's to write; a user's own manager takes them from anybody. */
  function check(scope: Scope): void {
    if (!existsSync("/run/systemd/system")) throw new FleetError("not-supported", "this machine is not run by systemd", { hint: "give --print and set the service up by hand" });
    if (scope === "system" && process.getuid?.() !== 0) throw new FleetError("denied", "a service of the whole machine is root's to install", { hint: "give --print and install it as root, or leave --system out" });
  }

  return {
    async install({ scope, hub: withHub, dryRun, manager }) {
      const facts = factsOf(withHub);
      const files = manager === "launchd" ? (withHub ? hubPlists(scope, facts) : [nodePlist(scope, facts)]) : withHub ? hubUnits(scope, facts) : [nodeUnit(scope, facts)];
      const names = hubUnitNames(facts.name);
      const unit = withHub ? names.target : `${facts.name}.service`;
      const plan: ServicePlan = { files, unit, scope, installed: false, warnings: [] };
      if (dryRun) return plan;
      if (manager === "launchd") throw new FleetError("not-supported", "property lists are only printed here", { hint: "give --print, and load it with 'launchctl bootstrap'" });
      check(scope);
      const before = readMarker(stateDir);
      if (before !== undefined && before.scope !== scope) throw new FleetError("name-taken", `this node is a service of the ${before.scope} scope already`, { hint: "'fleet down --uninstall' removes it" });
      const wasUp = withHub && hub.isUp();
      // Its programs of now end first: the units' would find their ports taken.
      if (wasUp) await hub.down();
      try {
        for (const file of files) write(file);
        await systemctl(scope, "daemon-reload");
        await systemctl(scope, "enable", ...files.map(({ path }) => basename(path)));
      } catch (error) {
        for (const { path } of files) rmSync(path, { force: true });
        if (wasUp) await hub.up();
        throw error;
      }
      const warnings = scope === "user" ? await linger(facts.user) : [];
      writeMarker(stateDir, { manager: "systemd", scope, node: before?.node, hub: before?.hub, ...(withHub ? { hub: names } : { node: unit }) });
      if (withHub) {
        await systemctl(scope, "start", names.target);
        await hub.up();
      }
      return { ...plan, installed: true, warnings };
    },

    async remove() {
      const marker = readMarker(stateDir);
      if (marker === undefined) return { removed: [] };
      const { scope } = marker;
      const wasUp = marker.hub !== undefined && hub.isUp();
      if (wasUp) await hub.down();
      const facts = factsOf(false);
      const units = [...(marker.hub === undefined ? [] : Object.values(marker.hub)), ...(marker.node === undefined ? [] : [marker.node])];
      // Not stopped: this agent is one of them, and goes when it was answered for.
      await systemctl(scope, "disable", ...units);
      if (marker.hub !== undefined) await systemctl(scope, "stop", marker.hub.target);
      const removed = units.map((unit) => `${unitDirectory(scope, facts)}/${unit}`);
      for (const path of removed) rmSync(path, { force: true });
      writeMarker(stateDir, undefined);
      await systemctl(scope, "daemon-reload");
      if (wasUp) await hub.up();
      return { removed };
    },
  };
}

/** Without it a user's services end with the last login. Not everywhere it is the user's to say. */
async function linger(user: string): Promise<string[]> {
  try {
    await command("loginctl", "enable-linger", user);
    return [];
  } catch (error) {
    return [`it runs only while '${user}' is logged in (${FleetError.from(error).message}); as root: loginctl enable-linger ${user}`];
  }
}

function write({ path, content }: ServiceFile): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
  // Over this process's umask: a service manager wonders about files that not everybody may read.
  chmodSync(path, 0o644);
}
