/** What `ROCR_VISIBLE_DEVICES` calls a GPU: `GPU-` and its serial in hexadecimal; where it has none (many boards that aren't accelerators), its number. */
export function rocrUuid(serial: string | undefined, index: number): string {
  const digits = /^0x([0-9a-f]{4,16})$/i.exec(serial ?? "")?.[1]?.toLowerCase();
  return digits === undefined || /^0+$/.test(digits) ? `amd-${index}` : `GPU-${digits.padStart(16, "0")}`;
}
