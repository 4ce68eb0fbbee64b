import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { openLog } from "./index.ts";

let dir: string;
beforeEach(() => (dir = mkdtempSync(join(tmpdir(), "fw-"))));
afterEach(() => rmSync(dir, { recursive: true, force: true }));

it("cuts secrets out, at the top and one level below", () => {
  const file = join(dir, "a.log");
  using opened = openLog(file, "info");
  opened.log.child({ name: "x" }).info({ token: "s3", input: { seed: "s3", env: { A: "s3" } }, headers: { authorization: "Bearer s3" }, plain: "seen" }, "hello");
  const line = readFileSync(file, "utf8");
  expect(line).not.toContain("s3");
  expect(JSON.parse(line)).toMatchObject({ name: "x", level: "info", plain: "seen", msg: "hello", token: "[secret]" });
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

it("stays within its bound and keeps the file before", () => {
  const file = join(dir, "b.log");
  using opened = openLog(file, "info", 2_000);
  for (let n = 0; n < 100; n++) opened.log.info({ n }, "line");
  expect(statSync(file).size).toBeLessThanOrEqual(2_000);
  expect(statSync(`${file}.1`).size).toBeLessThanOrEqual(2_000);
  expect(readFileSync(file, "utf8")).toContain('"n":99');
});
