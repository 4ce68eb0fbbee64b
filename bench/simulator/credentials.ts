// Credentials of thousands of nodes, minted with a hub's own signing key. One is made as the hub makes it; the others are its
// copies with another subject, signed by Node's own Ed25519: the hub's library takes milliseconds for each.
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Credentials } from "@fleetwire/shared/bus";
import type { PublicKey } from "@fleetwire/shared/ids";
import { keyPairFromSeed } from "@fleetwire/shared/keys";
import { readSigners } from "../../node-agent/src/registry/hub-files.ts";

/** @param home of the machine with the hub: its `state` directory */
export function nodeCredentials(state: string): (key: string, name: string) => Credentials {
  const model = Credentials.parse(JSON.parse(readFileSync(join(state, "credentials.json"), "utf8")));
  const signer = readSigners(join(state, "hub")).keys.find(({ role, pool }) => role === "node" && pool === model.facts.pool);
  if (signer === undefined) throw new Error("the hub has no signing key for nodes");
  const account = keyPairFromSeed(signer.seed, "account");
  const [header = "", body = ""] = model.jwt.split(".");
  const claims = JSON.parse(Buffer.from(body, "base64url").toString()) as object;
  return (key, name) => {
    const text = `${header}.${Buffer.from(JSON.stringify({ ...claims, sub: key, name, jti: randomBytes(16).toString("hex") })).toString("base64url")}`;
    return { ...model, key: key as PublicKey, name, jwt: `${text}.${account.sign(Buffer.from(text)).toString("base64url")}` };
  };
}
