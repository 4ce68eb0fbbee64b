// Networks for tests: namespaces of Linux, each with a way to the one in the middle and to nothing else. Making them needs
// root; where that is not to be had the tests say so and are skipped.
import { execFileSync, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";

export function canMakeNetworks(): boolean {
  const name = `ft${randomBytes(3).toString("hex")}`;
  if (spawnSync("ip", ["netns", "add", name]).status !== 0) return false;
  spawnSync("ip", ["netns", "del", name]);
  return true;
}

/** Address of the one in the middle, from everywhere. */
export const MIDDLE = "10.231.0.1";

/**
 * A middle, and outer networks that reach it and are reached by nobody: the middle forwards nothing, as a NAT forwards
 * nothing that was not asked for. What is sent to one of the others is lost without a word.
 */
export class Networks implements Disposable {
  readonly #id = `f${randomBytes(3).toString("hex")}`;
  readonly #outer: string[] = [];

  constructor() {
    this.#add(this.middle);
    this.#inside(this.middle, "addr", "add", `${MIDDLE}/32`, "dev", "lo");
    execFileSync("ip", ["netns", "exec", this.middle, "sysctl", "-qw", "net.ipv4.ip_forward=0"]);
  }

  get middle(): string {
    return `${this.#id}m`;
  }

  /** @returns its name, and the address that it would be dialled at */
  outer(): { readonly name: string; readonly address: string } {
    const number = this.#outer.length + 1;
    const name = `${this.#id}${number}`;
    this.#add(name);
    this.#outer.push(name);
    const [here, there] = [`${name}a`, `${name}b`];
    execFileSync("ip", ["link", "add", here, "netns", name, "type", "veth", "peer", "name", there, "netns", this.middle]);
    this.#inside(name, "addr", "add", `10.231.${number}.2/24`, "dev", here);
    this.#inside(name, "link", "set", here, "up");
    this.#inside(this.middle, "addr", "add", `10.231.${number}.1/24`, "dev", there);
    this.#inside(this.middle, "link", "set", there, "up");
    this.#inside(name, "route", "add", "default", "via", `10.231.${number}.1`);
    return { name, address: `10.231.${number}.2` };
  }

  [Symbol.dispose](): void {
    for (const name of [...this.#outer, this.middle]) spawnSync("ip", ["netns", "del", name]);
  }

  #add(name: string): void {
    execFileSync("ip", ["netns", "add", name]);
    this.#inside(name, "link", "set", "lo", "up");
  }

  #inside(name: string, ...args: string[]): void {
    execFileSync("ip", ["-n", name, ...args]);
  }
}
