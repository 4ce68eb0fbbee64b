// A signed document: the exact text that was signed, and the signature. Signing text rather than a value leaves no
// question of canonical form: what is verified is what is parsed.
import * as z from "zod/mini";
import type { KeyPair } from "./key-pair.ts";
import { verifySignature } from "./key-pair.ts";

export const Signed = z.object({
  /** The signed JSON text. */
  p: z.string(),
  /** Ed25519 signature over the domain, a NUL and the text; base64url. */
  s: z.string(),
  /** The signer's user JWT, where the role has to be proved. */
  j: z.optional(z.string()),
});
export type Signed = z.infer<typeof Signed>;

/** What a signature is for. One key signs several kinds of documents; none can be passed off as another. */
export type Domain =
  | "fleet.request.1"
  | "fleet.reply.1"
  | "fleet.beat.1"
  | "fleet.event.1"
  | "fleet.ticket.1"
  | "fleet.attach-client.1"
  | "fleet.attach-host.1"
  | "fleet.relay-node.1"
  | "fleet.relay-host.1"
  | "fleet.trust.1"
  | "fleet.audit.1";

export function signText(domain: Domain, text: string, key: KeyPair): string {
  return key.sign(bytesToSign(domain, text)).toString("base64url");
}

export function verifyText(domain: Domain, text: string, signature: string, publicKey: string): boolean {
  const bytes = Buffer.from(signature, "base64url");
  // One spelling only: the decoder would also take padding bits, spaces and foreign characters.
  return bytes.toString("base64url") === signature && verifySignature(publicKey, bytesToSign(domain, text), bytes);
}

export function signDocument(domain: Domain, value: unknown, key: KeyPair, jwt?: string): Signed {
  const p = JSON.stringify(value);
  return { p, s: signText(domain, p, key), ...(jwt === undefined ? {} : { j: jwt }) };
}

export function verifyDocument(domain: Domain, signed: Signed, publicKey: string): boolean {
  return verifyText(domain, signed.p, signed.s, publicKey);
}

function bytesToSign(domain: Domain, text: string): Buffer {
  return Buffer.from(`${domain}\0${text}`, "utf8");
}
