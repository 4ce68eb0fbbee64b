// Flags that every command takes, before or after its name.
import { text, toggle, value, type FlagValues } from "./flags.ts";

export const GLOBAL_FLAGS = {
  "json": toggle("print one JSON document; errors are JSON on stderr"),
  "quiet": toggle("print ids only", "q"),
  "non-interactive": toggle("never ask; the error names the flag that was missing"),
  "yes": toggle("answer yes to every question", "y"),
  "debug": toggle("print where an error came from"),
  "nats": value("URL", "the fleet's NATS server", text),
  "creds": value("FILE", "NATS credentials file", text, { offers: "files" }),
  "fleet": value("NAME", "name of the fleet on that NATS server", text),
  "server": value("NAME|URL", "reach one node directly over HTTPS", text, { offers: "servers" }),
  "token-file": value("FILE", "bearer token for --server (or FLEET_TOKEN)", text, { offers: "files" }),
  "ca-file": value("FILE", "CA of the certificate behind --server", text, { offers: "files" }),
  "remote": toggle("reach this machine's node over the fleet too"),
  "no-color": toggle("no colours"),
  "help": toggle("show what a command takes", "h"),
  "version": toggle("show the version", "V"),
} as const;

export type Globals = FlagValues<typeof GLOBAL_FLAGS>;
