// nkeys: Ed25519 keys in base32 with a type prefix and a CRC16 (https://docs.nats.io/running-a-nats-service/configuration/securing_nats/auth_intro/nkey_auth).
// Encoded and decoded here so that signing can use Node's own Ed25519, which is a hundred times as fast as the
// JavaScript one in the nkeys library; a test holds both against each other.
import { FleetError } from "../errors/index.ts";

const NKEY_TYPES = { account: 0, operator: 14 << 3, user: 20 << 3 } as const;
export type NkeyType = keyof typeof NKEY_TYPES;
const SEED = 18 << 3;
const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** 32 raw bytes to the public form, `U…`, `A…` or `O…`. */
export function encodePublic(type: NkeyType, raw: Uint8Array): string {
  return encodeChecked(Uint8Array.of(NKEY_TYPES[type], ...raw));
}

/** 32 raw seed bytes to the secret form, `SU…`, `SA…` or `SO…`. */
export function encodeSeed(type: NkeyType, raw: Uint8Array): string {
  const prefix = NKEY_TYPES[type];
  return encodeChecked(Uint8Array.of(SEED | (prefix >> 5), (prefix & 31) << 3, ...raw));
}

/** @returns the 32 raw bytes of a public nkey. @throws FleetError `bad-signature` */
export function decodePublic(text: string): Uint8Array {
  const bytes = decodeChecked(text);
  if (bytes.length !== 33) throw notAKey();
  return bytes.subarray(1);
}

/** @returns the 32 raw bytes of a seed. @throws FleetError `bad-signature` */
export function decodeSeed(text: string): Uint8Array {
  const bytes = decodeChecked(text.trim());
  if (bytes.length !== 34 || ((bytes[0] ?? 0) & 0xf8) !== SEED) throw notAKey();
  return bytes.subarray(2);
}

function encodeChecked(payload: Uint8Array): string {
  const crc = crc16(payload);
  return base32Encode(Uint8Array.of(...payload, crc & 0xff, crc >> 8));
}

function decodeChecked(text: string): Uint8Array {
  const bytes = base32Decode(text);
  if (bytes === undefined || bytes.length < 3) throw notAKey();
  const payload = bytes.subarray(0, -2);
  const crc = (bytes[bytes.length - 2] ?? 0) | ((bytes[bytes.length - 1] ?? 0) << 8);
  if (crc16(payload) !== crc) throw notAKey();
  return payload;
}

function notAKey(): FleetError {
  return new FleetError("bad-signature", "not an nkey");
}

function base32Encode(bytes: Uint8Array): string {
  let out = "";
  let bits = 0;
  let value = 0;
  for (const byte of bytes) {
    value = ((value << 8) | byte) & 0xfff;
    bits += 8;
    while (bits >= 5) {
      out += ALPHABET[(value >> (bits - 5)) & 31];
      bits -= 5;
    }
  }
  return bits > 0 ? out + ALPHABET[(value << (5 - bits)) & 31] : out;
}

function base32Decode(text: string): Uint8Array | undefined {
  const out: number[] = [];
  let bits = 0;
  let value = 0;
  for (const char of text) {
    const digit = ALPHABET.indexOf(char);
    if (digit < 0) return undefined;
    value = ((value << 5) | digit) & 0xfff;
    bits += 5;
    if (bits >= 8) {
      out.push((value >> (bits - 8)) & 0xff);
      bits -= 8;
    }
  }
  // What is left over is nothing but zeros: a key has one text.
  return bits >= 5 || (value & ((1 << bits) - 1)) !== 0 ? undefined : Uint8Array.from(out);
}

/** CRC-16/XMODEM: polynomial 0x1021, start 0. */
function crc16(bytes: Uint8Array): number {
  let crc = 0;
  for (const byte of bytes) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit++) crc = crc & 0x8000 ? ((crc << 1) ^ 0x1021) & 0xffff : (crc << 1) & 0xffff;
  }
  return crc;
}
