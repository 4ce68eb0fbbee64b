// What is used of the NATS client, as a file of its own: a bundle can load it on use, which it can't a CommonJS package's names.
import { NodeTransport } from "nats/lib/src/node_transport.js";

export { connect, consumerOpts, credsAuthenticator, jwtAuthenticator, nkeyAuthenticator } from "nats";

interface Transport {
  readonly connected?: boolean;
  readonly socket?: { destroy(): void };
  close: (this: Transport, error?: Error) => Promise<void>;
}
const transport = NodeTransport.prototype as unknown as Transport;
const { close } = transport;

/** The client lets a socket be whose server accepts and then says nothing: each attempt of a night would leave one open. */
transport.close = function (error) {
  if (this.connected !== true) this.socket?.destroy();
  return close.call(this, error);
};
