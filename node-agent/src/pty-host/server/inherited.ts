// The listening socket of the terminal address, shared by all hosts of a node: they accept from one queue, so that whoever
// leaves, crashes or hangs takes no connection with it. Given on from host to host by fleet-pass, see fleet-pass.c.
import { spawn } from "node:child_process";
import { closeSync, existsSync } from "node:fs";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";

/** Sends the descriptor to who waits at the socket. @returns whether it was taken */
export function passDescriptor(helper: string, descriptor: number, socketPath: string): Promise<boolean> {
  if (!existsSync(helper)) return Promise.resolve(false);
  const child = spawn(helper, ["give", socketPath], { stdio: ["ignore", "ignore", "ignore", descriptor] });
  return new Promise((resolve) => {
    child.once("error", () => resolve(false));
    child.once("exit", (code) => resolve(code === 0));
  });
}

/** Node keeps it to itself; without it there is nothing to pass on. */
export function descriptorOf(server: Server): number | undefined {
  const { _handle: handle } = server as { _handle?: { fd?: unknown } | null };
  return typeof handle?.fd === "number" && handle.fd >= 0 ? handle.fd : undefined;
}

/** Undefined where the descriptor is no listening socket. */
export function listenOn(server: Server, descriptor: number): Promise<Server | undefined> {
  return new Promise((resolve) => {
    server.once("error", () => resolve(undefined));
    server.listen({ fd: descriptor }, () => resolve(server));
  });
}

export function closeDescriptor(descriptor: number | undefined): void {
  try {
    if (descriptor !== undefined) closeSync(descriptor);
  } catch {
    return; // A server had it and has closed it.
  }
}

/** `address:port` */
export function addressOf(server: Server | undefined): string | null {
  const address = server?.address() as AddressInfo | null | undefined;
  if (address === null || address === undefined) return null;
  return `${address.family === "IPv6" ? `[${address.address}]` : address.address}:${address.port}`;
}
