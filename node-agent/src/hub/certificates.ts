// The hub's own certificate authority (RFC 5280, ECDSA P-256): it signs the NATS server's certificate, and Caddy's internal
// ones. Written out here: two fixed shapes of certificate don't need a library of all of them.
import { createHash, generateKeyPairSync, randomBytes, sign, type KeyObject } from "node:crypto";
import { isIP } from "node:net";
import { der } from "./der.ts";

const DAY_MS = 86_400_000;
const LIFE_MS = 10 * 365 * DAY_MS;

const OID = {
  ecdsaWithSha256: "1.2.840.10045.4.3.2",
  commonName: "2.5.4.3",
  basicConstraints: "2.5.29.19",
  keyUsage: "2.5.29.15",
  extendedKeyUsage: "2.5.29.37",
  serverAuth: "1.3.6.1.5.5.7.3.1",
  subjectAltName: "2.5.29.17",
  subjectKeyId: "2.5.29.14",
  authorityKeyId: "2.5.29.35",
} as const;

export interface Pem {
  readonly cert: string;
  readonly key: string;
}

export interface Authority extends Pem {
  /** A server certificate for these names and addresses. */
  issue(names: readonly string[]): Pem;
}

export function createAuthority(fleet: string): Authority {
  const keys = newKeys();
  const subject = name(`Fleetwire hub ${fleet}`);
  const extensions = [
    extension(OID.basicConstraints, der.sequence(der.boolean(true)), true),
    // keyCertSign and cRLSign: bits 5 and 6.
    extension(OID.keyUsage, der.bits(Buffer.of(0x06), 1), true),
    extension(OID.subjectKeyId, der.octets(keyId(keys.publicKey))),
  ];
  const cert = certificate({ subject, issuer: subject, publicKey: keys.publicKey, signer: keys.privateKey, extensions });
  return { cert, key: pemOf(keys.privateKey), issue: (names) => issue(names, subject, keys) };
}

function issue(names: readonly string[], issuer: Buffer, authority: { publicKey: KeyObject; privateKey: KeyObject }): Pem {
  const keys = newKeys();
  const extensions = [
    extension(OID.basicConstraints, der.sequence(), true),
    // digitalSignature: bit 0.
    extension(OID.keyUsage, der.bits(Buffer.of(0x80), 7), true),
    extension(OID.extendedKeyUsage, der.sequence(der.oid(OID.serverAuth))),
    extension(OID.subjectAltName, der.sequence(...names.map(altName))),
    extension(OID.subjectKeyId, der.octets(keyId(keys.publicKey))),
    extension(OID.authorityKeyId, der.sequence(der.implicit(0, keyId(authority.publicKey)))),
  ];
  const cert = certificate({ subject: name(names[0] ?? "localhost"), issuer, publicKey: keys.publicKey, signer: authority.privateKey, extensions });
  return { cert, key: pemOf(keys.privateKey) };
}

function certificate(of: { subject: Buffer; issuer: Buffer; publicKey: KeyObject; signer: KeyObject; extensions: Buffer[] }): string {
  const algorithm = der.sequence(der.oid(OID.ecdsaWithSha256));
  const now = Date.now();
  const body = der.sequence(
    der.explicit(0, der.integer(Buffer.of(2))),
    der.integer(Buffer.concat([Buffer.of(1), randomBytes(15)])),
    algorithm,
    of.issuer,
    // From a day ago, for clocks that are late.
    der.sequence(der.time(new Date(now - DAY_MS)), der.time(new Date(now + LIFE_MS))),
    of.subject,
    of.publicKey.export({ format: "der", type: "spki" }),
    der.explicit(3, der.sequence(...of.extensions)),
  );
  const whole = der.sequence(body, algorithm, der.bits(sign("sha256", body, of.signer)));
  return `-----BEGIN CERTIFICATE-----\n${(whole.toString("base64").match(/.{1,64}/g) ?? []).join("\n")}\n-----END CERTIFICATE-----\n`;
}

function name(commonName: string): Buffer {
  return der.sequence(der.set(der.sequence(der.oid(OID.commonName), der.utf8(commonName))));
}

function extension(oid: string, value: Buffer, critical = false): Buffer {
  return der.sequence(der.oid(oid), ...(critical ? [der.boolean(true)] : []), der.octets(value));
}

function altName(value: string): Buffer {
  return isIP(value) === 0 ? der.implicit(2, Buffer.from(value, "ascii")) : der.implicit(7, addressBytes(value));
}

function addressBytes(address: string): Buffer {
  if (isIP(address) === 4) return Buffer.from(address.split(".").map(Number));
  const [head = "", tail] = address.split("::");
  const groups = (text: string) => (text === "" ? [] : text.split(":"));
  const before = groups(head);
  const after = groups(tail ?? "");
  const all = tail === undefined ? before : [...before, ...Array<string>(8 - before.length - after.length).fill("0"), ...after];
  return Buffer.from(all.flatMap((group) => [parseInt(group, 16) >> 8, parseInt(group, 16) & 0xff]));
}

const newKeys = () => generateKeyPairSync("ec", { namedCurve: "P-256" });
const pemOf = (key: KeyObject): string => key.export({ format: "pem", type: "pkcs8" }).toString();

/** RFC 5280 4.2.1.2 (1): SHA-1 of the public point, which ends the SPKI. */
function keyId(key: KeyObject): Buffer {
  return createHash("sha1").update(key.export({ format: "der", type: "spki" }).subarray(-65)).digest();
}
