// A network of its own, joined to this machine's by a cable that can be pulled: what is on its way is lost, nothing is refused,
// and connections hear nothing, as between two places. Needs root and iproute2.
import { spawnSync } from "node:child_process";
import { randomInt } from "node:crypto";

export class FarNetwork implements Disposable {
  /** This machine's address as seen from there. */
  readonly here: string;
  /** What a command line there begins with. */
  readonly command: readonly string[];
  readonly #name: string;

  private constructor(number: number) {
    this.#name = `fw${number}`;
    this.here = `10.${200 + (number >> 14)}.${(number >> 6) & 255}.${((number & 63) << 2) + 1}`;
    this.command = ["ip", "netns", "exec", this.#name];
  }

  /** Undefined where it can't be made. */
  static open(): FarNetwork | undefined {
    const number = randomInt(1 << 18);
    const network = new FarNetwork(number);
    const there = network.here.replace(/\d+$/, (last) => String(Number(last) + 1));
    const [name, near, far] = [network.#name, network.#cable, `${network.#name}b`];
    const made = [
      `netns add ${name}`,
      `link add ${near} type veth peer name ${far} netns ${name}`,
      `addr add ${network.here}/30 dev ${near}`,
      `link set ${near} up`,
      `-n ${name} addr add ${there}/30 dev ${far}`,
      `-n ${name} link set ${far} up`,
    ].every(ip);
    if (made) return network;
    network[Symbol.dispose]();
    return undefined;
  }

  get #cable(): string {
    return `${this.#name}a`;
  }

  pull(): void {
    ip(`link set ${this.#cable} down`);
  }

  plug(): void {
    ip(`link set ${this.#cable} up`);
  }

  [Symbol.dispose](): void {
    ip(`link del ${this.#cable}`);
    ip(`netns del ${this.#name}`);
  }
}

function ip(words: string): boolean {
  return spawnSync("ip", words.split(" ")).status === 0;
}
