// Signing with Node's own Ed25519 under nkey names. Pure: no files, no clocks.
import { createPrivateKey, createPublicKey, randomBytes, sign as edSign, verify as edVerify, type KeyObject } from "node:crypto";
import { decodePublic, decodeSeed, encodePublic, encodeSeed, type NkeyType } from "./nkey.ts";
import { Recent } from "./recent.ts";

// RFC 8410: the fixed DER headers of an Ed25519 private (PKCS #8) and public (SPKI) key.
const PKCS8 = Buffer.from("302e020100300506032b657004220420", "hex");
const SPKI = Buffer.from("302a300506032b6570032100", "hex");

export interface KeyPair {
  /** Public nkey, e.g. `UABC…`. */
  readonly publicKey: string;
  /** Secret nkey seed, e.g. `SUABC…`. Never logged, never sent. */
  readonly seed: string;
  sign(data: Uint8Array): Buffer;
}

export function createKeyPair(type: NkeyType): KeyPair {
  return keyPairFromSeed(encodeSeed(type, randomBytes(32)), type);
}

/** @throws FleetError `bad-signature` when the text is not a seed */
export function keyPairFromSeed(seed: string, type: NkeyType = "user"): KeyPair {
  const raw = decodeSeed(seed);
  const secret = createPrivateKey({ key: Buffer.concat([PKCS8, raw]), format: "der", type: "pkcs8" });
  const spki = createPublicKey(secret).export({ format: "der", type: "spki" });
  return {
    publicKey: encodePublic(type, spki.subarray(SPKI.length)),
    seed: seed.trim(),
    sign: (data) => edSign(null, data, secret),
  };
}

/** A fleet's keys; an object for each is made once. */
const keyObjects = new Recent<KeyObject>(32_768);

/** Does `signature` over `data` come from the holder of `publicKey` (an nkey)? False, not an error, for garbage. */
export function verifySignature(publicKey: string, data: Uint8Array, signature: Uint8Array): boolean {
  if (signature.length !== 64) return false;
  try {
    return edVerify(null, data, keyObject(publicKey), signature);
  } catch {
    return false;
  }
}

function keyObject(publicKey: string): KeyObject {
  return keyObjects.get(publicKey, () => createPublicKey({ key: Buffer.concat([SPKI, decodePublic(publicKey)]), format: "der", type: "spki" }));
}
