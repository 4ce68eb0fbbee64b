// Measures the promises of speed and size beside their peers, and prints one table. See README.md.
import { mkdirSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { benchSource } from "./harness/bundled.ts";
import { picture } from "./harness/picture.ts";
import { asData, table, type Entry } from "./harness/report.ts";
import { openWorkplace } from "./harness/workplace.ts";
import { ROWS } from "./rows/index.ts";
import type { Options, Row } from "./rows/row.ts";

const USAGE = `npm run bench -- [--rows P1,P4] [--quick] [--full] [--json FILE] [--picture FILE]
${ROWS.map(({ id, title }) => `  ${id.padEnd(4)} ${title}`).join("\n")}`;

const flags = { rows: { type: "string" }, quick: { type: "boolean" }, full: { type: "boolean" }, json: { type: "string" }, picture: { type: "string" }, help: { type: "boolean" } } as const;
const { values } = parseArgs({ options: flags });
const wanted = values.rows?.toUpperCase().split(",") ?? ROWS.map(({ id }) => id);
const unknown = wanted.filter((id) => !ROWS.some((row) => row.id === id));
if (values.help === true || unknown.length > 0) {
  process.stderr.write(`${unknown.length > 0 ? `no row ${unknown.join(", ")}\n` : ""}${USAGE}\n`);
  process.exit(values.help === true ? 0 : 2);
}

const workplace = openWorkplace();
process.on("exit", () => workplace.clear());
for (const [signal, code] of [["SIGINT", 130], ["SIGTERM", 143], ["SIGHUP", 129]] as const) process.on(signal, () => process.exit(code));

const options: Options = { quick: values.quick === true, full: values.full === true };
const started = new Date();
const entries: Entry[] = [];
for (const row of ROWS.filter(({ id }) => wanted.includes(id))) entries.push(...(await measured(row)));

const about = { at: started.toISOString(), seconds: Math.round((Date.now() - started.getTime()) / 1000), ...options, node: process.version, cpu: cpus()[0]?.model ?? "unknown", cores: cpus().length };
process.stdout.write(`\n${table(entries)}\n\n${about.cores} × ${about.cpu}, Node ${about.node}, ${about.seconds} s; medians of the rounds (smallest–largest)\n`);
const data = `${JSON.stringify(asData(entries, about), null, 2)}\n`;
write(benchSource(join("results", `${about.at.replaceAll(":", "-")}.json`)), data);
if (values.json !== undefined) write(values.json, data);
if (values.picture !== undefined) write(values.picture, picture(entries, `${about.at.slice(0, 10)}, ${about.cores} cores, Node ${about.node}`));
// A bar that is missed is a reading; a row that broke is a failure.
process.exit(entries.some((entry) => "skipped" in entry && entry.skipped.startsWith("failed")) ? 1 : 0);

/** A row that breaks says so in the table; the others are measured all the same. */
async function measured(row: Row): Promise<Entry[]> {
  const from = Date.now();
  process.stderr.write(`${row.id} ${row.title} …`);
  try {
    const pick = <T>(usual: T, quick: T): T => (options.quick ? quick : usual);
    return await row.run({ ...options, workplace, pick });
  } catch (error) {
    process.stderr.write(`\n${error instanceof Error ? error.stack : String(error)}\n`);
    return [{ row: row.id, what: row.title, skipped: `failed: ${error instanceof Error ? error.message : String(error)}` }];
  } finally {
    process.stderr.write(` ${((Date.now() - from) / 1000).toFixed(0)} s\n`);
  }
}

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}
