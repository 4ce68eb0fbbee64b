// Counters, gauges and histograms, and the text that Prometheus reads (exposition format 0.0.4,
// https://prometheus.io/docs/instrumenting/exposition_formats/). Labels have few values by construction: whoever counts names
// them up front, and beyond a bound everything further is one series.

export type Labels = Readonly<Record<string, string>>;

export interface Counter {
  add(labels?: Labels, by?: number): void;
}
export interface Gauge {
  set(value: number, labels?: Labels): void;
  /** Series that are not set again are gone. */
  clear(): void;
}
export interface Histogram {
  observe(value: number, labels?: Labels): void;
}

export interface Metrics {
  counter(name: string, help: string): Counter;
  gauge(name: string, help: string): Gauge;
  /** A value that only grows and is counted elsewhere. */
  total(name: string, help: string): Gauge;
  /** @param bounds upper bounds of the buckets, rising, without +Inf */
  histogram(name: string, help: string, bounds: readonly number[]): Histogram;
  /** Runs before each text: for what is measured when it is asked for. */
  collect(work: () => void | Promise<void>): void;
  text(): Promise<string>;
}

export const CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

/** Series of one metric; the next ones are counted under `other`. */
const SERIES = 1_000;

interface Series {
  readonly labels: Labels;
  value: number;
  /** Of a histogram: observations up to each bound, and all. */
  readonly buckets: number[];
  count: number;
}
interface Family {
  readonly name: string;
  readonly help: string;
  readonly type: "counter" | "gauge" | "histogram";
  readonly bounds: readonly number[];
  readonly series: Map<string, Series>;
}

export function createMetrics(): Metrics {
  const families = new Map<string, Family>();
  const collectors: (() => void | Promise<void>)[] = [];

  function family(name: string, help: string, type: Family["type"], bounds: readonly number[] = []): Family {
    if (families.has(name)) throw new Error(`there is a metric ${name} already`);
    const made: Family = { name, help, type, bounds, series: new Map() };
    families.set(name, made);
    return made;
  }

  return {
    counter(name, help) {
      const of = family(name, help, "counter");
      return { add: (labels = {}, by = 1) => void (seriesOf(of, labels).value += by) };
    },
    gauge: (name, help) => gaugeOf(family(name, help, "gauge")),
    total: (name, help) => gaugeOf(family(name, help, "counter")),
    histogram(name, help, bounds) {
      const of = family(name, help, "histogram", bounds);
      return {
        observe(value, labels = {}) {
          const series = seriesOf(of, labels);
          series.value += value;
          series.count++;
          for (const [at, bound] of bounds.entries()) if (value <= bound) series.buckets[at] = (series.buckets[at] ?? 0) + 1;
        },
      };
    },
    collect: (work) => void collectors.push(work),
    async text() {
      // One that fails costs its own values, not the others'.
      await Promise.allSettled(collectors.map(async (work) => work()));
      return [...families.values()].filter(({ series }) => series.size > 0).map(textOf).join("");
    },
  };
}

function gaugeOf(of: Family): Gauge {
  return { set: (value, labels = {}) => void (seriesOf(of, labels).value = value), clear: () => of.series.clear() };
}

function seriesOf({ series, bounds }: Family, given: Labels): Series {
  const known = series.get(labelText(given));
  if (known !== undefined) return known;
  const labels = series.size < SERIES ? given : Object.fromEntries(Object.keys(given).map((name) => [name, "other"]));
  const key = labelText(labels);
  const made = series.get(key) ?? { labels, value: 0, buckets: bounds.map(() => 0), count: 0 };
  series.set(key, made);
  return made;
}

function textOf({ name, help, type, bounds, series }: Family): string {
  const lines = [`# HELP ${name} ${help.replace(/\\/g, "\\\\").replace(/\n/g, "\\n")}`, `# TYPE ${name} ${type}`];
  for (const { labels, value, buckets, count } of series.values()) {
    if (type !== "histogram") {
      lines.push(`${name}${labelText(labels)} ${numberText(value)}`);
      continue;
    }
    for (const [at, bound] of bounds.entries()) lines.push(`${name}_bucket${labelText({ ...labels, le: numberText(bound) })} ${buckets[at] ?? 0}`);
    lines.push(`${name}_bucket${labelText({ ...labels, le: "+Inf" })} ${count}`, `${name}_sum${labelText(labels)} ${numberText(value)}`, `${name}_count${labelText(labels)} ${count}`);
  }
  return `${lines.join("\n")}\n`;
}

function labelText(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${value.replace(/\\/g, "\\\\").replace(/"/g, '\\"').replace(/\n/g, "\\n")}"`);
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

function numberText(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  return Number.isFinite(value) ? String(value) : value > 0 ? "+Inf" : "-Inf";
}
