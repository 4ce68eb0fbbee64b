import { X509Certificate } from "node:crypto";
import { connect, createServer } from "node:tls";
import { describe, expect, it } from "vitest";
import { createAuthority } from "./certificates.ts";

describe("the hub's authority", () => {
  const authority = createAuthority("default");
  const issued = authority.issue(["hub.example.org", "127.0.0.1", "fd00::1:2", "localhost"]);

  it("is an authority, and what it signs is a server's certificate for each name", () => {
    const ca = new X509Certificate(authority.cert);
    const leaf = new X509Certificate(issued.cert);
    expect(ca.ca).toBe(true);
    expect(leaf.ca).toBe(false);
    expect(leaf.verify(ca.publicKey)).toBe(true);
    expect(leaf.checkIssued(ca)).toBe(true);
    expect(leaf.checkHost("hub.example.org")).toBe("hub.example.org");
    expect(leaf.checkHost("other.example.org")).toBeUndefined();
    expect(leaf.checkIP("127.0.0.1")).toBe("127.0.0.1");
    expect(leaf.checkIP("fd00::1:2")).toBe("fd00::1:2");
    expect(leaf.keyUsage).toEqual(["1.3.6.1.5.5.7.3.1"]);
    expect(new Date(leaf.validTo).getTime() - Date.now()).toBeGreaterThan(9 * 365 * 86_400_000);
    expect(leaf.serialNumber).not.toBe(new X509Certificate(authority.issue(["x"]).cert).serialNumber);
  });

  it("holds in a TLS handshake, under its own root only", async () => {
    const server = createServer({ key: issued.key, cert: issued.cert }, (socket) => socket.end("hello"));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as { port: number };
    const say = (ca: string, servername: string) =>
      new Promise<string>((resolve, reject) => {
        const socket = connect({ port, host: "127.0.0.1", ca, servername });
        socket.on("data", (data) => resolve(data.toString()));
        socket.on("error", reject);
      });
    expect(await say(authority.cert, "localhost")).toBe("hello");
    await expect(say(createAuthority("default").cert, "localhost")).rejects.toThrow();
    await expect(say(authority.cert, "elsewhere")).rejects.toThrow();
    server.close();
  });
});
