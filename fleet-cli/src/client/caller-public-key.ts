/** The public half of this caller's key, made on first use. @throws FleetError `unsafe-permissions`, `bad-config` */
export async function callerPublicKey(seedFile: string): Promise<string> {
  // Loaded on use: no command needs keys to start.
  const { callerKey } = await import("./nats/identity.ts");
  return callerKey(seedFile).publicKey;
}
