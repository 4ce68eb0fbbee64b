import { describe, expect, it } from "vitest";
import { Limiter, networkOf } from "./limits.ts";

describe("what one remote may take", () => {
  it("is a burst, and then a rate, of its own", () => {
    let now = 0;
    const limiter = new Limiter({ burst: 3, perSecond: 2 }, () => now);
    const taken = (remote: string) => Array.from({ length: 6 }, () => limiter.take(remote)).filter(Boolean).length;
    expect([taken("a"), taken("a"), taken("b")]).toEqual([3, 0, 3]);
    now = 1_000;
    expect([taken("a"), taken("b")]).toEqual([2, 2]);
    now = 60_000;
    expect(taken("a")).toBe(3);
  });

  it("isn't more for somebody who comes from ever new addresses of one network", () => {
    expect(networkOf("2001:db8:1:2:3:4:5:6")).toBe(networkOf("2001:db8:1:2::9"));
    expect(networkOf("2001:db8:1:3::9")).not.toBe(networkOf("2001:db8:1:2::9"));
    expect(networkOf("::1")).toBe("0:0:0:0");
    expect(networkOf("192.0.2.7")).toBe("192.0.2.7");
  });

  it("takes bounded memory, whoever comes", () => {
    const limiter = new Limiter({ burst: 1, perSecond: 0 }, () => 0);
    for (let i = 0; i < 20_000; i++) limiter.take(`remote ${i}`);
    // The first were forgotten, the last were not.
    expect([limiter.take("remote 0"), limiter.take("remote 19999")]).toEqual([true, false]);
  });
});
