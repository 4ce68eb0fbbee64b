/** How often a proof repeats: `usual` in `npm test`, `long` in `npm run test:long`. */
export function counts(usual: number, long: number): number {
  return process.env["FLEET_LONG"] === "1" ? long : usual;
}
