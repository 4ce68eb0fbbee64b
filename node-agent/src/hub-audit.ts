// The hub's own record: what was done to its keys and tokens on this machine. Made when the first thing is done.
import { join } from "node:path";
import type { KeyPair } from "@fleetwire/shared/keys";
import { openAudit, type Audit } from "./audit/index.ts";
import type { HubAction } from "./hub/index.ts";

export interface HubAudit extends AsyncDisposable {
  record(action: HubAction): void;
}

type Deps = Pick<Parameters<typeof openAudit>[0], "settings" | "onWarning" | "log" | "version"> & { readonly stateDir: string; readonly key: KeyPair };

export function createHubAudit({ stateDir, ...deps }: Deps): HubAudit {
  let audit: Audit | undefined;
  return {
    record({ kind, at: _at, ...about }) {
      audit ??= openAudit({ ...deps, directory: join(stateDir, "hub", "audit", "hub"), now: Date.now });
      // The node's own record has the same request with its caller; here it stands as done.
      audit.done({ who: { carrier: "socket", uid: process.getuid?.() }, verb: kind, input: { ...about, ...("fleet" in about ? { fleet: undefined, name: about.fleet } : {}) } });
    },
    async [Symbol.asyncDispose]() {
      await audit?.[Symbol.asyncDispose]();
    },
  };
}
