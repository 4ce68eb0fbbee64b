import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FleetError } from "../errors/index.ts";
import { checkAttachProof, createAttachKey, decodeFrame, encodeFrame, FRAME, MAX_MESSAGE, normalizeNodeUrl, openTicket, proveAttach, sealTicket, Ticket } from "./index.ts";

describe("frames", () => {
  it("come back as they went, with 53-bit offsets", () => {
    fc.assert(
      fc.property(fc.constantFrom(...Object.values(FRAME)), fc.maxSafeNat(), fc.uint8Array({ maxLength: 2000 }), (kind, offset, bytes) => {
        const frame = decodeFrame(encodeFrame(kind, offset, bytes));
        expect(frame.kind).toBe(kind);
        expect(frame.offset).toBe(offset);
        expect(frame.bytes.equals(bytes)).toBe(true);
      }),
    );
  });

  it("whatever else arrives is an error of the table", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        try {
          decodeFrame(Buffer.from(bytes));
        } catch (error) {
          expect(error).toBeInstanceOf(FleetError);
        }
      }),
      { numRuns: 2000 },
    );
    expect(() => decodeFrame(Buffer.alloc(MAX_MESSAGE + 1, 1))).toThrow(expect.objectContaining({ code: "bad-input" }));
  });
});

describe("tickets", () => {
  const node = createAttachKey();
  const ticket = Ticket.parse({ v: 1, id: "0123456789abcdef", node: node.publicKey, session: 3, epoch: "abcd1234", scope: "write", clientKey: createAttachKey().publicKey, hostKey: createAttachKey().publicKey, expires: 1 });

  it("open with the node's key only, and only unaltered", () => {
    const sealed = sealTicket(ticket, node);
    expect(openTicket(sealed, node.publicKey)).toEqual(ticket);
    expect(() => openTicket(sealed, createAttachKey().publicKey)).toThrow(expect.objectContaining({ code: "bad-ticket" }));
    for (let at = 0; at < sealed.length; at++) {
      const altered = sealed.slice(0, at) + (sealed[at] === "x" ? "y" : "x") + sealed.slice(at + 1);
      // The last character of a base64 group may hold unused bits: then the bytes are the same.
      const same = Buffer.from(altered.split(".")[1] ?? "", "base64url").equals(Buffer.from(sealed.split(".")[1] ?? "", "base64url")) && altered.split(".")[0] === sealed.split(".")[0];
      if (!same) expect(() => openTicket(altered, node.publicKey), `byte ${at}`).toThrow(expect.objectContaining({ code: "bad-ticket" }));
    }
  });

  it("proofs are bound to side, ticket and both nonces", () => {
    const key = createAttachKey();
    const handshake = { id: "i", clientNonce: "c", hostNonce: "h" };
    const proof = proveAttach("client", handshake, key);
    expect(checkAttachProof("client", handshake, proof, key.publicKey)).toBe(true);
    expect(checkAttachProof("host", handshake, proof, key.publicKey)).toBe(false);
    for (const part of ["id", "clientNonce", "hostNonce"] as const) expect(checkAttachProof("client", { ...handshake, [part]: "x" }, proof, key.publicKey)).toBe(false);
  });
});

describe("URLs of nodes", () => {
  it.each([
    ["wss://gpu.example.com", "wss://gpu.example.com"],
    ["wss://gpu.example.com/", "wss://gpu.example.com"],
    ["wss://gpu.example.com/ws", "wss://gpu.example.com"],
    ["wss://gpu.example.com/ws/", "wss://gpu.example.com"],
    ["wss://gpu.example.com/v1/attach", "wss://gpu.example.com"],
    ["https://gpu.example.com:9443/n/box/", "wss://gpu.example.com:9443/n/box"],
    ["https://gpu.example.com:9443/n/box/ws", "wss://gpu.example.com:9443/n/box"],
    ["gpu.example.com:9443", "wss://gpu.example.com:9443"],
    ["localhost:9100", "ws://localhost:9100"],
    ["127.0.0.1:9100/ws", "ws://127.0.0.1:9100"],
    ["[::1]:9100", "ws://[::1]:9100"],
    ["http://127.0.0.1:9100", "ws://127.0.0.1:9100"],
  ])("%s is %s", (text, url) => expect(normalizeNodeUrl(text)).toBe(url));

  it.each(["ws://gpu.example.com", "http://10.0.0.1:9100", "ws://127.0.0.1.evil.example"])("%s would be unencrypted", (text) =>
    expect(() => normalizeNodeUrl(text)).toThrow(expect.objectContaining({ code: "insecure-url" })),
  );

  it.each(["wss://x/?token=1", "wss://u:p@x", "ftp://x", "wss://", "wss://x/#a"])("%s is refused", (text) => expect(() => normalizeNodeUrl(text)).toThrow(expect.objectContaining({ code: "bad-input" })));
});
