// The node agent in a container of the Compose stack: finds out what only the running container knows (its replica's
// number, its host name, the gateway's CA) and starts the agent with it. Whatever is set already stays.
import { mkdirSync, writeFileSync } from "node:fs";
import { resolvePtr } from "node:dns/promises";
import { homedir, hostname, networkInterfaces } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const GATEWAY_MS = 30_000;

const { env } = process;
const service = env.FLEET_SERVICE || "docker-test";
env.FLEET_NODE_NAME ||= await nodeName();
if (env.FLEET_GATEWAY_URL) {
  env.FLEET_EXTERNAL_URL ||= `${env.FLEET_GATEWAY_URL}/n/${hostname()}`;
  const ca = env.FLEET_GATEWAY_CA ? await gatewayCa(env.FLEET_GATEWAY_CA) : undefined;
  if (ca !== undefined) env.FLEET_EXTERNAL_CA ||= keep(ca);
}
await import(new URL("../node-agent/dist/fleet-node.js", import.meta.url).href);

/**
 * Docker's name server knows the container's name by its address, and that ends in the replica's number. The first replica
 * has the plain name. (`reverse` would answer from /etc/hosts, which has the host name alone.)
 */
async function nodeName() {
  const addresses = Object.values(networkInterfaces()).flat().filter(({ family, internal }) => family === "IPv4" && !internal);
  const pointers = addresses.map(({ address }) => `${address.split(".").toReversed().join(".")}.in-addr.arpa`);
  const names = (await Promise.all(pointers.map((pointer) => resolvePtr(pointer).catch(() => [])))).flat();
  const number = names.map((name) => new RegExp(`[-_]${service}[-_](\\d+)(\\.|$)`).exec(name)?.[1]).find((found) => found !== undefined);
  if (number === undefined) return `${service}-${hostname()}`;
  return number === "1" ? service : `${service}-${number}`;
}

/** PEM of the CA behind the gateway's certificate; undefined when it has a public one. */
async function gatewayCa(url) {
  const until = Date.now() + GATEWAY_MS;
  for (;;) {
    try {
      const answer = await fetch(url, { signal: AbortSignal.timeout(2_000) });
      if (answer.ok) return await answer.text();
      if (answer.status === 404) return undefined;
    } catch {
      // The gateway may start after the node.
    }
    if (Date.now() > until) {
      process.stderr.write(`no answer from ${url}: viewers will not know the gateway's CA\n`);
      return undefined;
    }
    await sleep(200);
  }
}

function keep(pem) {
  const directory = join(homedir(), ".config", "fleet");
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const file = join(directory, "gateway-ca.pem");
  writeFileSync(file, pem, { mode: 0o600 });
  return file;
}
