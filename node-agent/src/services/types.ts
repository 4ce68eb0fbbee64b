import type { serviceInstall, serviceRemove, InputOf, OutputOf } from "@fleetwire/shared/bus";

/** One file of a service manager. */
export interface ServiceFile {
  /** Absolute. */
  readonly path: string;
  readonly content: string;
}

/** What a unit is written from. Paths are absolute. */
export interface ServiceFacts {
  readonly home: string;
  readonly user: string;
  readonly uid: number;
  /** `fleet-node`, or with the name of its FLEET_HOME behind it. */
  readonly name: string;
  /** Variables without which the program would find another home. */
  readonly environment: Readonly<Record<string, string>>;
  readonly runDir: string;
  readonly stateDir: string;
  /** Command lines. */
  readonly agent: readonly string[];
  readonly hub?: {
    readonly directory: string;
    readonly nats: readonly string[];
    readonly registry: readonly string[];
    readonly relay: readonly string[];
  };
}

export type ServicePlan = OutputOf<typeof serviceInstall>;

export interface Services {
  install(input: InputOf<typeof serviceInstall>): Promise<ServicePlan>;
  remove(): Promise<OutputOf<typeof serviceRemove>>;
}
