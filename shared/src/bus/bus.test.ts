import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FleetError } from "../errors/index.ts";
import type { FleetName, PoolName, PublicKey } from "../ids/index.ts";
import { createKeyPair } from "../keys/index.ts";
import { decodeJoinToken, encodeJoinToken, isOwnInbox, NODE_CONTRACTS, openReply, openRequest, permissionsOf, readRequestSubject, REGISTRY_CONTRACTS, ROLES, sealReply, sealRequest, subjects, type JoinToken } from "./index.ts";

const fleet = "default" as FleetName;
const pool = "default" as PoolName;
const caller = createKeyPair("user");
const node = createKeyPair("user");
const id = "0123456789abcdef" as never;
const now = 1_000_000;
const from = { caller: caller.publicKey, target: node.publicKey, verb: "session-list" };
const request = { id, issued: now, deadline: now + 10_000, target: node.publicKey, verb: "session-list", body: { limit: 3 } };

describe("the contract table", () => {
  it("a verb's key is its name, and everything a stranger may change carries an operation id", () => {
    for (const [key, contract] of [...Object.entries(NODE_CONTRACTS), ...Object.entries(REGISTRY_CONTRACTS)]) {
      expect(contract.verb).toBe(key);
      expect(contract.purpose.length).toBeGreaterThan(10);
      if (contract.roles.includes("viewer")) expect(contract.change, key).toBe(false);
    }
  });

  it("subjects read back", () => {
    const subject = subjects.request(fleet, pool, node.publicKey as PublicKey, "session-list", caller.publicKey as PublicKey);
    expect(readRequestSubject(subject)).toEqual({ fleet, pool, node: node.publicKey, verb: "session-list", caller: caller.publicKey });
    expect(subject.length).toBeLessThan(200);
    expect(readRequestSubject(`${subject}.x`)).toBeUndefined();
  });

  it("a reply subject is the caller's own inbox, literally", () => {
    const key = caller.publicKey;
    expect(isOwnInbox(`_I.${key}.abc.1`, key)).toBe(true);
    for (const reply of [undefined, "", `_I.${node.publicKey}.a`, `_I.${key}`, `_I.${key}.>`, `_I.${key}.*`, `f1.default.rq.default.${key}.session-kill.x`]) expect(isOwnInbox(reply, key)).toBe(false);
  });
});

describe("permissions", () => {
  it("a viewer can list and watch, and ask for no change", () => {
    const { publish } = permissionsOf("viewer", fleet, pool);
    const verbs = publish.map((subject) => readRequestSubject(subject)?.verb).filter((verb) => verb !== undefined);
    expect(verbs).toContain("session-list");
    expect(verbs).toContain("session-view");
    for (const verb of ["session-launch", "session-send", "session-kill", "session-attach", "session-rm", "session-restart", "node-drain", "node-label"]) expect(verbs).not.toContain(verb);
  });

  it.each(ROLES.map((role) => [role]))("%s has allow-lists without a bare wildcard, and says its own key in each", (role) => {
    const { publish, subscribe } = permissionsOf(role, fleet, pool);
    // Discovery proves nothing and is answered to anybody who may ask.
    for (const subject of publish.filter((one) => !one.startsWith("$SRV."))) expect(subject).toMatch(/\{\{subject\(\)\}\}/);
    for (const subject of [...publish, ...subscribe]) {
      expect(subject).not.toMatch(/^(>|\*)/);
      expect(subject).not.toMatch(/\{\{(name|tag)/);
      expect(subject).not.toMatch(/^\$JS/);
    }
    expect(subscribe).toContain("_I.{{subject()}}.>");
    expect(subscribe.filter((subject) => subject.startsWith("_I.") && !subject.includes("{{subject()}}"))).toEqual([]);
  });

  it("socket verbs are on no subject at all", () => {
    const all = ROLES.flatMap((role) => permissionsOf(role, fleet, pool).publish).join("\n");
    for (const contract of Object.values(NODE_CONTRACTS)) if (contract.reach === "socket") expect(all).not.toContain(contract.verb);
  });
});

describe("envelopes", () => {
  it("open for the asked node, before the deadline", () => {
    const { request: opened, claims } = openRequest(sealRequest(request, caller), from, now);
    expect(opened).toMatchObject({ ...request, caller: caller.publicKey });
    expect(claims).toBeUndefined();
  });

  const refused: [string, string, typeof from, number, string][] = [
    ["another caller", sealRequest(request, createKeyPair("user")), from, now, "bad-signature"],
    ["another verb on the subject", sealRequest(request, caller), { ...from, verb: "session-kill" }, now, "bad-signature"],
    ["another node", sealRequest(request, caller), { ...from, target: caller.publicKey }, now, "bad-signature"],
    ["too late", sealRequest(request, caller), from, now + 10_001, "expired"],
    ["from the future", sealRequest({ ...request, issued: now + 61_000 }, caller), from, now, "expired"],
    ["not JSON", "{", from, now, "bad-input"],
    ["a false JWT", sealRequest(request, caller, "a.b.c"), from, now, "bad-signature"],
  ];
  it.each(refused)("refused: %s", (_what, data, who, at, code) => expect(() => openRequest(data, who, at)).toThrow(expect.objectContaining({ code })));

  it("one altered character is refused", () => {
    const data = sealRequest(request, caller);
    fc.assert(
      fc.property(fc.nat(data.length - 1), fc.constantFrom("A", "0", "x", '"'), (at, char) => {
        fc.pre(data[at] !== char);
        const altered = data.slice(0, at) + char + data.slice(at + 1);
        try {
          const { request: opened } = openRequest(altered, from, now);
          // Only the signature's unused last bits can differ without effect.
          expect(opened).toMatchObject(request);
        } catch (error) {
          expect(error).toBeInstanceOf(FleetError);
        }
      }),
    );
  });

  it("an answer counts only for its request and from the node that was asked", () => {
    const data = sealReply({ id, at: now, result: { ok: 1 } }, node);
    expect(openReply(data, id, [node.publicKey])).toEqual({ ok: 1 });
    expect(() => openReply(data, "another-request-1", [node.publicKey])).toThrow(expect.objectContaining({ code: "bad-signature" }));
    expect(() => openReply(data, id, [caller.publicKey])).toThrow(expect.objectContaining({ code: "bad-signature" }));
    const failure = sealReply({ id, at: now, error: { code: "unknown-session", message: "no session 9" } }, node);
    expect(() => openReply(failure, id, [node.publicKey])).toThrow(expect.objectContaining({ code: "unknown-session", message: "no session 9" }));
  });
});

describe("join tokens", () => {
  const token: JoinToken = {
    v: 1,
    facts: { fleet, pool, urls: ["nats://127.0.0.1:4222"], issuers: [], registries: [caller.publicKey as PublicKey] },
    role: "node",
    name: "gpu-box",
    jwt: "x.y.z",
    seed: "SU",
  };
  it("are one pasteable line and come back the same", () => {
    const text = encodeJoinToken(token);
    expect(text).toMatch(/^fleet1_[A-Za-z0-9_-]+$/);
    expect(decodeJoinToken(` ${text}\n`)).toEqual(token);
  });
  it.each(["", "hello", "fleet1_", "fleet1_e30", "fleet2_e30"])("%j is refused", (text) => expect(() => decodeJoinToken(text)).toThrow(expect.objectContaining({ code: "bad-token" })));
});
