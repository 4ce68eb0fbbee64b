// The way in. Nothing happens before it is called: neither the environment nor a file is read.
import { readSettings } from "../../config/index.ts";
import { createClient } from "../fleet-client.ts";
import { packageVersion } from "../package-version.ts";
import { Fleet } from "./fleet.ts";
import { pathOf } from "./given.ts";

/** What isn't given is as for the `fleet` command: from `FLEET_…` variables, then `config.toml`, then the default. */
export interface ConnectOptions {
  /** Directory of another machine's state, as `FLEET_HOME`. */
  readonly home?: string;
  /** NATS servers of the fleet, e.g. `nats://10.0.0.1:4222`; several separated by commas or as a list. */
  readonly nats?: string | readonly string[];
  /** The fleet's name on them. Default: `default`, or that of the fleet this caller has joined. */
  readonly fleet?: string;
  /** File with NATS credentials. */
  readonly creds?: string;
  /** One node alone, without NATS: its saved name or `wss://` address. */
  readonly server?: string;
  /** Bearer token for `server`. */
  readonly token?: string;
  /** File that holds it. */
  readonly tokenFile?: string;
  /** File with the CA of the certificate behind `server`. */
  readonly caFile?: string;
  /** Program of the node agent, which is started when this machine's node is asked and doesn't run. Default: that of the installed `fleet`. */
  readonly nodeProgram?: string;
  /** Told what a person should know: the fleet is unprotected, a node runs another release. */
  readonly onNote?: (text: string) => void;
}

/**
 * A client of this machine's node, of a fleet, or of one node. Connections are made when something is asked, and made anew when they
 * have ended. Dispose it (`await using`, or `await fleet.close()`) and the process can end; several clients don't know of each other.
 * @throws FleetError `bad-config`, `bad-name`, `path-too-long`
 */
export async function connect(options: ConnectOptions = {}): Promise<Fleet> {
  const { nats, onNote = () => undefined, ...given } = options;
  const settings = await readSettings({
    ...given,
    nats: typeof nats === "string" ? nats : nats?.join(","),
    home: pathOf(given.home),
    creds: pathOf(given.creds),
    tokenFile: pathOf(given.tokenFile),
    caFile: pathOf(given.caFile),
  });
  return new Fleet(createClient(settings, { release: { own: packageVersion(), note: onNote } }), settings, onNote);
}
