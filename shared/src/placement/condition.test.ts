import { describe, expect, it } from "vitest";
import type { NodeRecord } from "../domain/index.ts";
import { Condition, parseCondition } from "./condition.ts";
import { meets } from "./fits.ts";

const GIB = 2 ** 30;
const node = {
  name: "box", pool: "default", hostname: "host", version: "1.2.3", platform: "linux-x64", load: 2, labels: { zone: "eu", ssd: "", os: "mine" },
  resources: { cpus: 8, memoryBytes: 16 * GIB, memoryFreeBytes: 4 * GIB, gpus: [{ name: "A", memoryBytes: 1, free: true }, { name: "A", memoryBytes: 1, free: false }] }, sessions: { running: 3, total: 9 },
} as unknown as NodeRecord;

describe("a condition", () => {
  it.each([
    ["zone=eu", true], ["zone==eu", true], ["zone=us", false], ["zone!=us", true], ["zone!=eu", false], ["other!=x", true], ["other=", false],
    ["zone", true], ["!zone", false], ["other", false], ["!other", true], ["ssd", true], ["ssd=", true], [" zone = eu ", true],
    ["cpus>=8", true], ["cpus>8", false], ["cpus<9", true], ["cpus<=7", false], ["cpus=8", true], ["cpus!=8", false],
    ["memory>=16G", true], ["memory>16G", false], ["memory>=16384M", true], ["memory-free>=5GiB", false], ["memory-free<5gb", true],
    ["load<0.5", true], ["load<0.2", false], ["sessions<=3", true], ["gpus=2", true], ["gpus-free>=2", false],
    ["arch=x64", true], ["arch=x86_64", true], ["arch!=arm64", true], ["os=linux", true], ["os!=darwin", true], ["label:os=mine", true], ["label:os", true], ["!label:zone", false],
    ["node=box", true], ["pool=other", false], ["hostname=host", true], ["version=1.2.3", true], ["a=b=c", false],
  ])("%s → %j", (text, met) => {
    const condition = parseCondition(text);
    expect(meets(node, condition)).toBe(met);
    expect(Condition.parse(JSON.parse(JSON.stringify(condition)))).toEqual(condition);
    // What it is shown as means the same.
    expect(parseCondition(condition.text)).toEqual(condition);
  });

  it.each([
    ["", /is no condition/], ["=eu", /is no condition/], ["!zone=eu", /negates twice/], ["zone>eu", /'zone' is a label and has no order/], ["os>=linux", /'os' is a text and has no order/],
    ["cpus>=many", /'many' is not an amount/], ["cpus>=8G", /plain number/], ["memory>=", /'' is not an amount/], ["memory>=-1G", /not an amount/], ["Zone=eu", /can't be a label's key/], ["zo ne=eu", /is no condition/], ["load<0,5", /not an amount/],
  ])("%j is refused", (text, message) => {
    expect(() => parseCondition(text)).toThrow(expect.objectContaining({ code: "usage", message: expect.stringMatching(message) as string }));
  });
});
