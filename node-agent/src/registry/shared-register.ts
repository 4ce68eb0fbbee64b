// The register among registries that don't share a directory: a JetStream key-value bucket in which a token's first use is made
// exactly once, and from which each registry copies into its own files what others wrote.
import { FleetError, parseJson, parseOr } from "@fleetwire/shared/errors";
import type { Log } from "../fleet/index.ts";
import type { Bucket } from "./keep.ts";
import { CredentialRecord, UseRecord, type Register } from "./register.ts";

export const REGISTER_BUCKET = "register";

const useKey = (id: string) => `use.${id}`;
const credentialKey = (key: string) => `credential.${key}`;

export interface SharedRegister {
  /** @returns the use that counts: this one, or an earlier one. @throws FleetError `nats-unreachable` */
  use(record: UseRecord): Promise<UseRecord>;
  keepCredential(record: CredentialRecord): Promise<void>;
}

/** @param bucket of the connection that works now; undefined: there is no JetStream, and the directory's files decide alone */
export function shareRegister(register: Register, bucket: () => Bucket | undefined, log: Log): SharedRegister {
  return {
    async use(record) {
      const shared = bucket();
      if (shared === undefined) return register.putUse(record);
      const first = await createOnce(shared, record);
      register.putUse(first);
      return first;
    },
    async keepCredential(record) {
      register.putCredential(record);
      // Its holder has it whatever becomes of this copy.
      await bucket()?.put(credentialKey(record.key), JSON.stringify(record)).catch((error: unknown) => log.warn({ key: record.key, reason: String(error) }, "a credential was not told to other registries"));
    },
  };
}

async function createOnce(bucket: Bucket, record: UseRecord): Promise<UseRecord> {
  try {
    await bucket.create(useKey(record.id), JSON.stringify(record));
    return record;
  } catch (error) {
    const earlier = await bucket.get(useKey(record.id)).catch(() => null);
    // Not made, and not there either: nobody knows whether the token was used.
    if (earlier === null) throw new FleetError("nats-unreachable", "the hub can't tell now whether this token was used; try again", { cause: error });
    return parseOr(UseRecord, parseJson(earlier.string(), "the use of a token"), "the use of a token");
  }
}

/** Copies what is and comes into the bucket into this registry's files. @returns ends it */
export async function copyRegister(bucket: Bucket, register: Register, log: Log): Promise<() => void> {
  const watch = await bucket.watch();
  void (async () => {
    for await (const entry of watch) {
      if (entry.operation !== "PUT") continue;
      const use = UseRecord.safeParse(valueOf(entry));
      const credential = CredentialRecord.safeParse(valueOf(entry));
      if (use.success) register.putUse(use.data);
      else if (credential.success) register.putCredential(credential.data);
    }
  })().catch((error: unknown) => log.warn({ reason: String(error) }, "the register is not copied any more"));
  return () => watch.stop();
}

function valueOf(entry: { string(): string }): unknown {
  try {
    return JSON.parse(entry.string());
  } catch {
    return undefined;
  }
}
