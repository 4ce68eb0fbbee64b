// As much DER (X.690) as an X.509 certificate needs.

export const der = {
  sequence: (...items: Buffer[]) => tlv(0x30, Buffer.concat(items)),
  set: (...items: Buffer[]) => tlv(0x31, Buffer.concat(items)),
  /** Big-endian bytes of a number that is not negative. */
  integer: (bytes: Buffer) => tlv(0x02, (bytes[0] ?? 0) & 0x80 ? Buffer.concat([Buffer.of(0), bytes]) : bytes),
  boolean: (value: boolean) => tlv(0x01, Buffer.of(value ? 0xff : 0)),
  octets: (bytes: Buffer) => tlv(0x04, bytes),
  bits: (bytes: Buffer, unused = 0) => tlv(0x03, Buffer.concat([Buffer.of(unused), bytes])),
  utf8: (text: string) => tlv(0x0c, Buffer.from(text, "utf8")),
  oid: (dotted: string) => tlv(0x06, oidBytes(dotted)),
  /** RFC 5280 4.1.2.5: two digits of the year before 2050, four from then on. */
  time(date: Date) {
    const digits = `${date.toISOString().replace(/\.\d+|[-:T]/g, "")}`;
    return date.getUTCFullYear() < 2050 ? tlv(0x17, Buffer.from(digits.slice(2))) : tlv(0x18, Buffer.from(digits));
  },
  /** Context-specific: `explicit` wraps a value, `implicit` replaces its tag. */
  explicit: (tag: number, inner: Buffer) => tlv(0xa0 | tag, inner),
  implicit: (tag: number, bytes: Buffer) => tlv(0x80 | tag, bytes),
} as const;

function tlv(tag: number, value: Buffer): Buffer {
  return Buffer.concat([Buffer.of(tag), length(value.length), value]);
}

function length(size: number): Buffer {
  if (size < 0x80) return Buffer.of(size);
  const bytes = size < 0x100 ? [size] : [size >> 8, size & 0xff];
  return Buffer.of(0x80 | bytes.length, ...bytes);
}

function oidBytes(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split(".").map(Number);
  return Buffer.from([first * 40 + second, ...rest.flatMap(base128)]);
}

function base128(value: number): number[] {
  const low = value & 0x7f;
  return value < 0x80 ? [low] : [...base128(value >>> 7).map((byte) => byte | 0x80), low];
}
