import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { openRegister } from "./register.ts";

let directory: string;
beforeEach(() => (directory = mkdtempSync(join(tmpdir(), "fwg-"))));
afterEach(() => rmSync(directory, { recursive: true, force: true }));

it("without JetStream the files decide: a token's first use stays, whoever writes it", () => {
  const registries = [openRegister(directory), openRegister(directory)];
  const uses = Array.from({ length: 50 }, (_, at) => (registries[at % 2] ?? openRegister(directory)).putUse({ id: "UTOKEN", request: `r${at}`, key: `U${at}`, at }));
  expect(new Set(uses.map(({ key }) => key))).toEqual(new Set(["U0"]));
  expect(readdirSync(join(directory, "register/uses"))).toEqual(["UTOKEN.json"]);
});

it("a copy that comes late doesn't bring back an older credential", () => {
  const register = openRegister(directory);
  const record = { key: "UK", role: "node" as const, issuer: "A", issuedAt: 20, expiresAt: 90, since: 10 };
  register.putCredential(record);
  register.putCredential({ ...record, issuedAt: 15 });
  expect(register.credential("UK")).toEqual(record);
  expect(register.credential("UX")).toBeUndefined();
});
