import type { Gpu, LeasedGpu } from "@fleetwire/shared/domain";
import type { AskTool } from "./ask-tool.ts";

/** A device as its driver's tool tells of it, before anybody's lease. */
export type Device = LeasedGpu & Pick<Gpu, "memoryBytes" | "memoryFreeBytes" | "utilisation" | "part"> & {
  /** Some process computes on it. */
  readonly busy: boolean;
};

/** One vendor's tool. */
export interface GpuReader {
  /** @returns what the tool lists; what can't be read of it is left out. @throws Error when the tool is missing or fails */
  read(ask: AskTool): Promise<Device[]>;
}
