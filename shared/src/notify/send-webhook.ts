// A delivery as a signed POST. TLS is verified, redirects are not followed, and what the receiver says is read to no end.
import { createHmac } from "node:crypto";
import { request as plainRequest } from "node:http";
import { request as secureRequest } from "node:https";
import { failed, type Delivery, type Sent } from "./delivery.ts";
import type { Rule, Target } from "./rule.ts";

/** Longest wait that a receiver may ask for, milliseconds. */
const LONGEST_WAIT_MS = 3_600_000;

/** @returns after at most the rule's time. Never throws */
export function sendWebhook({ timeoutMs }: Pick<Rule, "timeoutMs">, target: Extract<Target, { kind: "webhook" }>, delivery: Delivery, signal: AbortSignal, now: number): Promise<Sent> {
  const body = bodyOf(delivery);
  const timestamp = String(Math.floor(now / 1_000));
  const { url, secret, ca } = target;
  const headers = {
    "content-type": "application/json",
    "content-length": Buffer.byteLength(body),
    "user-agent": "fleetwire",
    "fleet-id": delivery.id,
    "fleet-timestamp": timestamp,
    ...(secret === undefined ? {} : { "fleet-signature": `v1=${sign(secret, timestamp, body)}` }),
  };
  return new Promise((resolve) => {
    const options = { method: "POST", headers, agent: false, signal, ...(ca === undefined ? {} : { ca }) } as const;
    const asked = (url.protocol === "https:" ? secureRequest : plainRequest)(url, options, (response) => {
      const { statusCode = 0, headers: said } = response;
      response.destroy();
      if (statusCode >= 200 && statusCode < 300) resolve({ ok: true });
      else resolve(failed(`status ${statusCode}${statusCode >= 300 && statusCode < 400 ? ": redirects are not followed" : ""}`, retryAfter(said["retry-after"], now)));
    });
    // A timer of its own: AbortSignal.any() over AbortSignal.timeout() may be collected before it fires (Node 20).
    const timer = setTimeout(() => asked.destroy(new Error(`no answer within ${timeoutMs / 1_000} s`)), timeoutMs);
    asked.on("error", (error: NodeJS.ErrnoException) => resolve(failed(error.code ?? error.message)));
    asked.on("close", () => clearTimeout(timer));
    asked.end(body);
  });
}

/** HMAC-SHA256 over `TIMESTAMP.BODY`, in hex. */
function sign(secret: Buffer, timestamp: string, body: string): string {
  return createHmac("sha256", secret).update(`${timestamp}.${body}`).digest("hex");
}

/** The same on each attempt. */
function bodyOf({ id, rule, createdAt, count, events }: Delivery): string {
  return JSON.stringify({ id, rule, createdAt: new Date(createdAt).toISOString(), count, events });
}

/** Seconds or a date. @returns milliseconds */
function retryAfter(said: string | undefined, now: number): number | undefined {
  if (said === undefined) return undefined;
  const ms = /^\d{1,9}$/.test(said) ? Number(said) * 1_000 : Date.parse(said) - now;
  return Number.isNaN(ms) ? undefined : Math.min(LONGEST_WAIT_MS, Math.max(0, ms));
}
