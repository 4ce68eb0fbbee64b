// What is used of the NATS client, as a file of its own: a bundle can load it on use, which it can't a CommonJS package's names.
export { connect, consumerOpts, credsAuthenticator, jwtAuthenticator, nkeyAuthenticator } from "nats";
