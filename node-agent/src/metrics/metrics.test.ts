// The text against the format's own rules, read by a parser that knows nothing of the writer.
import { request } from "node:http";
import { afterEach, describe, expect, it } from "vitest";
import { createMetrics, serveMetrics, type MetricsServer } from "./index.ts";

interface Sample {
  readonly name: string;
  readonly labels: Record<string, string>;
  readonly value: number;
}

/** exposition_formats, "Text format details". */
function parse(text: string): { samples: Sample[]; types: Record<string, string> } {
  expect(text.endsWith("\n")).toBe(true);
  const types: Record<string, string> = {};
  const samples = text.slice(0, -1).split("\n").flatMap((line): Sample[] => {
    const type = /^# TYPE ([a-zA-Z_:][a-zA-Z0-9_:]*) (counter|gauge|histogram)$/.exec(line);
    if (type !== null) {
      expect(types).not.toHaveProperty(type[1] ?? "");
      types[type[1] ?? ""] = type[2] ?? "";
    }
    if (line.startsWith("#")) {
      expect(line).toMatch(/^# (HELP|TYPE) [a-zA-Z_:][a-zA-Z0-9_:]* \S/);
      return [];
    }
    const sample = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (NaN|[+-]Inf|[+-]?[0-9.]+(?:e[+-]?\d+)?)$/.exec(line);
    if (sample === null) throw new Error(`not a sample: ${line}`);
    const labels = Object.fromEntries([...(sample[2] ?? "").matchAll(/([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\[\\n"])*)"/g)].map(([, name = "", value = ""]) => [name, JSON.parse(`"${value}"`) as string]));
    return [{ name: sample[1] ?? "", labels, value: Number((sample[3] ?? "").replace("Inf", "Infinity")) }];
  });
  return { samples, types };
}

describe("the text", () => {
  it("keeps to the format, whatever a label's value is", async () => {
    const metrics = createMetrics();
    const odd = 'a "quoted" \\ back\nslash é';
    metrics.counter("c_total", "Two\nlines \\ here.").add({ label: odd }, 2.5);
    const gauge = metrics.gauge("g", "A gauge.");
    gauge.set(Number.NaN, { a: "1" });
    gauge.set(Number.POSITIVE_INFINITY, { a: "2" });
    gauge.set(1e21, { a: "3" });
    metrics.gauge("unused", "Nothing was ever set.");
    const { samples, types } = parse(await metrics.text());
    expect(types).toEqual({ c_total: "counter", g: "gauge" });
    expect(samples[0]).toEqual({ name: "c_total", labels: { label: odd }, value: 2.5 });
    expect(samples.slice(1).map(({ value }) => value)).toEqual([Number.NaN, Number.POSITIVE_INFINITY, 1e21]);
  });

  it("has histograms whose buckets add up", async () => {
    const metrics = createMetrics();
    const histogram = metrics.histogram("h_seconds", "Times.", [0.1, 1, 10]);
    for (const value of [0.05, 0.1, 0.5, 5, 50]) histogram.observe(value, { verb: "a" });
    const { samples } = parse(await metrics.text());
    expect(samples.map(({ name, labels, value }) => [name, labels["le"], value])).toEqual([["h_seconds_bucket", "0.1", 2], ["h_seconds_bucket", "1", 3], ["h_seconds_bucket", "10", 4], ["h_seconds_bucket", "+Inf", 5], ["h_seconds_sum", undefined, 55.65], ["h_seconds_count", undefined, 5]]);
  });

  it("has a bound for series, and one fault doesn't hide the rest", async () => {
    const metrics = createMetrics();
    const counter = metrics.counter("c_total", "Many.");
    for (let n = 0; n < 5_000; n++) counter.add({ n: String(n) });
    metrics.collect(() => {
      throw new Error("not now");
    });
    const { samples } = parse(await metrics.text());
    expect(samples.length).toBeLessThanOrEqual(1_001);
    expect(samples.reduce((sum, { value }) => sum + value, 0)).toBe(5_000);
    expect(samples.find(({ labels }) => labels["n"] === "other")?.value).toBe(4_000);
    expect(() => metrics.gauge("c_total", "Twice.")).toThrow("already");
  });
});

describe("the page", () => {
  let server: MetricsServer | undefined;
  afterEach(async () => server?.[Symbol.asyncDispose]());
  const get = (path: string, headers: Record<string, string> = {}, method = "GET") =>
    new Promise<{ status: number; text: string; type: string }>((resolve, reject) => {
      request({ port: server?.port, host: "127.0.0.1", path, headers, method }, (response) => {
        let text = "";
        response.on("data", (chunk: Buffer) => (text += chunk.toString()));
        response.on("end", () => resolve({ status: response.statusCode ?? 0, text, type: response.headers["content-type"] ?? "" }));
      }).on("error", reject).end();
    });

  it("is one path, and asks for the token when there is one", async () => {
    server = await serveMetrics({ address: "127.0.0.1", port: 0 }, () => Promise.resolve("x 1\n"), () => "t0ken");
    expect(await get("/metrics", { authorization: "Bearer t0ken" })).toMatchObject({ status: 200, text: "x 1\n", type: expect.stringContaining("version=0.0.4") as string });
    for (const authorization of ["Bearer t0keN", "Bearer ", "Basic t0ken", "Bearer t0ken2"]) expect((await get("/metrics", { authorization })).status).toBe(401);
    expect((await get("/metrics")).status).toBe(401);
    expect((await get("/v1/session-list")).status).toBe(404);
    expect((await get("/metrics", {}, "POST")).status).toBe(405);
  });
});
