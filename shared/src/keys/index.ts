export { readCreds } from "./creds.ts";
export { createKeyPair, keyPairFromSeed, verifySignature, type KeyPair } from "./key-pair.ts";
export { natsLogin } from "./nats-login.ts";
export { decodePublic, decodeSeed, encodePublic, encodeSeed, type NkeyType } from "./nkey.ts";
export { Signed, signDocument, signText, verifyDocument, verifyText, type Domain } from "./signed.ts";
export { readUserJwt, UserClaims } from "./user-jwt.ts";
