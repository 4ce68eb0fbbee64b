// NATS creds files: a user JWT and, where the file was made for its holder, the seed of its key.
const BLOCK = (what: string) => new RegExp(`-----BEGIN ${what}-----\\s+([A-Za-z0-9_.=-]+)\\s+-+END ${what}-+`);

/** @returns undefined when there is no JWT in it; no seed: the holder has the key already */
export function readCreds(text: string): { readonly jwt: string; readonly seed?: string } | undefined {
  const jwt = BLOCK("NATS USER JWT").exec(text)?.[1];
  const seed = BLOCK("USER NKEY SEED").exec(text)?.[1];
  return jwt === undefined ? undefined : { jwt, ...(seed === undefined ? {} : { seed }) };
}
