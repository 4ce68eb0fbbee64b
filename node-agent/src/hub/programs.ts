// The hub's programs: how each is started and when it serves.
import { existsSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { ProgramSpec } from "../processes/index.ts";
import type { HubFile, HubFiles } from "./layout.ts";

export function natsProgram(hub: HubFile, files: HubFiles): ProgramSpec {
  return {
    name: "nats-server",
    command: "nats-server",
    // No secret on the command line: it is public on a machine.
    args: ["-c", files.natsConfig],
    debianPackage: "nats-server",
    pidFile: files.natsPid,
    logFile: files.natsLog,
    ready: async (signal) => {
      while ((await natsVersion(hub.natsPort)) === undefined && !signal.aborted) await sleep(30);
    },
  };
}

export function registryProgram(files: HubFiles, command: readonly string[]): ProgramSpec {
  const [program = "", ...args] = command;
  return {
    name: "registry",
    command: program,
    args: [...args, "--state", files.directory],
    debianPackage: "nodejs",
    pidFile: files.registryPid,
    logFile: files.registryLog,
    ready: async (signal) => {
      while (!existsSync(files.registry.ready) && !signal.aborted) await sleep(30);
    },
  };
}

export function relayProgram({ directory, relay }: HubFiles, command: readonly string[]): ProgramSpec {
  const [program = "", ...args] = command;
  return {
    name: "relay",
    command: program,
    args: [...args, "--state", directory],
    debianPackage: "nodejs",
    pidFile: relay.pid,
    logFile: relay.log,
    ready: async (signal) => {
      while (!(await takesConnections(relay.socket)) && !signal.aborted) await sleep(30);
    },
  };
}

function takesConnections(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ path });
    const done = (yes: boolean) => {
      socket.destroy();
      resolve(yes);
    };
    socket.once("connect", () => done(true));
    socket.once("error", () => done(false));
  });
}

export function forgetReady(files: HubFiles): void {
  rmSync(files.registry.ready, { force: true });
}

/** The version in the greeting of the NATS server on this port; undefined when none greets. */
export function natsVersion(port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: "127.0.0.1" });
    const done = (version?: string) => {
      socket.destroy();
      resolve(version);
    };
    let text = "";
    socket.setTimeout(1_000, () => done());
    socket.once("error", () => done());
    socket.once("close", () => done());
    socket.on("data", (data) => {
      text += data.toString("utf8");
      if (text.includes("\n") || text.length > 8_192) done(/^INFO .*"version":"([^"]+)"/.exec(text)?.[1]);
    });
  });
}
