// The nodes that are there. A node may have several connections: during an upgrade the old PTY host keeps its own until its
// viewers have left, and new viewers go to the newest.
import type { NodeLine } from "./node-line.ts";

const MAX_LINES = 8;

export class Nodes {
  readonly #lines = new Map<string, NodeLine[]>();

  get size(): number {
    return this.#lines.size;
  }

  add(line: NodeLine): void {
    const node = line.node as string;
    const before = this.#lines.get(node) ?? [];
    // The same host again: it has lost the connection that is still here, and so have its viewers.
    const again = before.filter(({ hostKey }) => hostKey === line.hostKey);
    const others = before.filter(({ hostKey }) => hostKey !== line.hostKey);
    this.#lines.set(node, [...others, line]);
    for (const gone of [...again, ...others.slice(0, Math.max(0, others.length + 1 - MAX_LINES))]) gone.close();
  }

  remove(line: NodeLine): void {
    if (line.node === undefined) return;
    const left = (this.#lines.get(line.node) ?? []).filter((one) => one !== line);
    if (left.length === 0) this.#lines.delete(line.node);
    else this.#lines.set(line.node, left);
  }

  newest(node: string): NodeLine | undefined {
    return this.#lines.get(node)?.at(-1);
  }

  all(): NodeLine[] {
    return [...this.#lines.values()].flat();
  }
}
