// A file of its own, so that a bundle can load the library behind it on use.
export { encodeUser } from "@nats-io/jwt";
