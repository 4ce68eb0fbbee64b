// Any URL form a person or a config gives for a node's terminal listener, made one form.
import { FleetError } from "../errors/index.ts";
import { ATTACH_PATH } from "./frames.ts";

/**
 * `host:port`, `ws(s)://…`, `http(s)://…`, with or without a trailing `/`, `/ws` or attach path, to a base URL
 * `ws://…` or `wss://…` without a trailing slash. A bare host means wss, except on loopback.
 * @throws FleetError `bad-input`; `insecure-url` for plain ws to anything but loopback
 */
export function normalizeNodeUrl(text: string): string {
  let url: URL;
  try {
    url = new URL(/^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `${isLoopback(hostOf(text)) ? "ws" : "wss"}://${text}`);
  } catch {
    throw new FleetError("bad-input", `'${text}' is not a URL`);
  }
  const scheme = { "ws:": "ws", "wss:": "wss", "http:": "ws", "https:": "wss" }[url.protocol];
  if (scheme === undefined) throw new FleetError("bad-input", `'${text}' is not a ws, wss, http or https URL`);
  if (url.search !== "" || url.hash !== "" || url.username !== "" || url.password !== "") {
    throw new FleetError("bad-input", "a node's URL has no query, fragment or password", { hint: "a token goes into 'fleet server add … --token-file', never into a URL" });
  }
  if (scheme === "ws" && !isLoopback(url.hostname)) throw new FleetError("insecure-url", `'${text}' would send the session unencrypted`);
  const path = url.pathname.replace(/\/+$/, "").replace(new RegExp(`(${ATTACH_PATH}|/ws)$`), "").replace(/\/+$/, "");
  return `${scheme}://${url.host}${path}`;
}

/** `ws` base URL to the `http` one of the same listener. */
export function httpUrlOf(base: string): string {
  return base.replace(/^ws/, "http");
}

export function isLoopback(hostname: string): boolean {
  const host = hostname.replace(/^\[|\]$/g, "");
  return host === "localhost" || host === "::1" || /^127(\.\d{1,3}){3}$/.test(host) || host.endsWith(".localhost");
}

function hostOf(text: string): string {
  const bracket = /^\[([^\]]*)\]/.exec(text);
  return bracket?.[1] ?? text.replace(/[:/].*$/, "");
}
