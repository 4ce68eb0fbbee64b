// A contract is a value: everything about a verb that more than one process has to know.
import * as z from "zod/mini";

/** Roles a credential can carry; DESIGN "Roles". `local` is the owner of the node's own socket. */
export const ROLES = ["viewer", "operator", "admin", "ci", "node", "registry"] as const;
export const Role = z.enum(ROLES);
export type Role = z.infer<typeof Role>;

export const VIEW: readonly Role[] = ["viewer", "operator", "admin", "registry"];
export const OPERATE: readonly Role[] = ["operator", "admin"];
export const ADMINISTER: readonly Role[] = ["admin"];

/**
 * Where a verb can be asked for. `bus`: over NATS, the node's socket and a direct server. `socket`: on this machine's
 * socket only (it concerns this machine's own set-up). `registry`: a view that the registry answers.
 */
export type Reach = "bus" | "socket" | "registry";

export interface Contract<I extends z.ZodMiniType = z.ZodMiniType, O extends z.ZodMiniType = z.ZodMiniType> {
  readonly verb: string;
  readonly purpose: string;
  readonly reach: Reach;
  /** Roles that may ask for it; enforced by NATS permissions and again by the node. The socket's owner always may. */
  readonly roles: readonly Role[];
  readonly input: I;
  readonly output: O;
  /** How long a caller waits for the answer, in milliseconds. */
  readonly timeoutMs: number;
  /** A change carries an operation id and is run at most once; a question may simply be asked again. */
  readonly change: boolean;
  /** A change that can be asked for again under its id although the node doesn't know how far it came: who makes it knows the id, and does it once. */
  readonly resumable: boolean;
}

export function defineContract<I extends z.ZodMiniType, O extends z.ZodMiniType>(contract: {
  verb: string;
  purpose: string;
  reach?: Reach;
  roles: readonly Role[];
  input: I;
  output: O;
  timeoutMs?: number;
  change?: boolean;
  resumable?: boolean;
}): Contract<I, O> {
  return { reach: "bus", timeoutMs: 10_000, change: false, resumable: false, ...contract };
}

export type InputOf<C extends Contract> = z.output<C["input"]>;
export type RawInputOf<C extends Contract> = z.input<C["input"]>;
export type OutputOf<C extends Contract> = z.output<C["output"]>;
