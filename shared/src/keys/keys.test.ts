import { createAccount, createOperator, createUser, fromPublic, fromSeed } from "@nats-io/nkeys";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createKeyPair, keyPairFromSeed, signDocument, verifyDocument, verifySignature, type NkeyType } from "./index.ts";

const peers = { user: createUser, account: createAccount, operator: createOperator } as const;

describe("nkeys", () => {
  it.each(["user", "account", "operator"] as NkeyType[])("%s keys are the same as the nkeys library's", (type) => {
    for (let i = 0; i < 20; i++) {
      const peer = peers[type]();
      const seed = new TextDecoder().decode(peer.getSeed());
      expect(keyPairFromSeed(seed, type).publicKey).toBe(peer.getPublicKey());
      const ours = createKeyPair(type);
      expect(fromSeed(new TextEncoder().encode(ours.seed)).getPublicKey()).toBe(ours.publicKey);
    }
  });

  it("signatures verify on both sides", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 500 }), (data) => {
        const ours = createKeyPair("user");
        const peer = fromSeed(new TextEncoder().encode(ours.seed));
        expect(fromPublic(ours.publicKey).verify(data, ours.sign(data))).toBe(true);
        expect(verifySignature(ours.publicKey, data, peer.sign(data))).toBe(true);
      }),
      { numRuns: 20 },
    );
  });

  it("an altered seed, key or signature is refused, never a crash", () => {
    const key = createKeyPair("user");
    const flip = (text: string, at: number) => text.slice(0, at) + (text[at] === "A" ? "B" : "A") + text.slice(at + 1);
    for (let at = 0; at < key.seed.length; at++) expect(() => keyPairFromSeed(flip(key.seed, at))).toThrow(expect.objectContaining({ code: "bad-signature" }));
    // The last character of a seed has bits that say nothing.
    const ending = Array.from({ length: 400 }, () => createKeyPair("user").seed).find((seed) => seed.endsWith("A")) ?? "";
    expect(ending).not.toBe("");
    for (const last of "BCD") expect(() => keyPairFromSeed(ending.slice(0, -1) + last)).toThrow(expect.objectContaining({ code: "bad-signature" }));
    for (let at = 0; at < key.publicKey.length; at++) expect(verifySignature(flip(key.publicKey, at), Buffer.from("x"), key.sign(Buffer.from("x")))).toBe(false);
    expect(verifySignature("", Buffer.from("x"), Buffer.alloc(64))).toBe(false);
    expect(verifySignature(key.publicKey, Buffer.from("x"), Buffer.alloc(3))).toBe(false);
  });

  it("a signature for one purpose is none for another", () => {
    const key = createKeyPair("user");
    const signed = signDocument("fleet.beat.1", { a: 1 }, key);
    expect(verifyDocument("fleet.beat.1", signed, key.publicKey)).toBe(true);
    expect(verifyDocument("fleet.reply.1", signed, key.publicKey)).toBe(false);
    expect(verifyDocument("fleet.beat.1", { ...signed, p: '{"a":2}' }, key.publicKey)).toBe(false);
    expect(verifyDocument("fleet.beat.1", signed, createKeyPair("user").publicKey)).toBe(false);
  });
});
