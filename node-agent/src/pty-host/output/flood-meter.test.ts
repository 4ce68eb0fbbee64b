import { describe, expect, it } from "vitest";
import { FloodMeter } from "./flood-meter.ts";

describe("a flood", () => {
  it("is more than 20 MB a second, and ends with it", () => {
    const meter = new FloodMeter();
    for (let ms = 1000; ms < 2000; ms++) {
      meter.printed(1_000, ms);
      expect(meter.isFlood(ms)).toBe(false);
    }
    for (let ms = 2000; ms < 2200; ms++) meter.printed(50_000, ms);
    expect(meter.isFlood(2200)).toBe(true);
    for (let ms = 2200; ms < 2320; ms++) meter.printed(1_000, ms);
    expect(meter.isFlood(2320)).toBe(false);
  });

  it("is over when nothing comes any more", () => {
    const meter = new FloodMeter();
    meter.printed(5_000_000, 10);
    expect(meter.isFlood(11)).toBe(true);
    expect(meter.isFlood(500)).toBe(false);
  });
});
