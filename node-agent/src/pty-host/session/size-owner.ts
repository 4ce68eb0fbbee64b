// Who decides a session's size (D6). Attaching doesn't take it, typing or claiming does; read-only viewers have no say.
import type { Size } from "@fleetwire/shared/control";

export type SizePolicy = "latest" | "largest" | "smallest" | "manual";

export interface SizedViewer {
  readonly size: Size | undefined;
  readonly mayType: boolean;
}

export class SizeOwner<V extends SizedViewer> {
  policy: SizePolicy = "latest";
  #owner: V | undefined;

  get owner(): V | undefined {
    return this.#owner;
  }

  /** A viewer typed, claimed, or is the first one who can: the size is its own from now on. @param claimed by saying so, which counts under `manual` too */
  take(viewer: V, claimed: boolean): void {
    if (viewer.mayType && (claimed || this.policy === "latest")) this.#owner = viewer;
  }

  left(viewer: V): void {
    if (this.#owner === viewer) this.#owner = undefined;
  }

  /** The size the terminal should have among these viewers; undefined: as it is. */
  wanted(viewers: Iterable<V>): Size | undefined {
    if (this.policy === "latest" || this.policy === "manual") return this.#owner?.size;
    const sizes = [...viewers].filter(({ mayType }) => mayType).flatMap(({ size }) => (size === undefined ? [] : [size]));
    if (sizes.length === 0) return undefined;
    const pick = this.policy === "largest" ? Math.max : Math.min;
    return { cols: pick(...sizes.map(({ cols }) => cols)), rows: pick(...sizes.map(({ rows }) => rows)) };
  }
}
