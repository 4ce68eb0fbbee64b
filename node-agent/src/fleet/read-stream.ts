// Reading a JetStream stream in order, from a place on and then for as long as the connection lives.
import type { JsMsg } from "nats";
import type { Connection } from "./connection.ts";

/** @param from sequence of the first message; 1 is the beginning. @throws the client's error when there is no such stream */
export async function readStream(connection: Connection, subject: string, from: number, timeoutMs: number): Promise<AsyncIterable<JsMsg>> {
  const { consumerOpts } = await import("./nats-client.ts");
  const options = consumerOpts();
  options.orderedConsumer();
  if (from > 1) options.startSequence(from);
  else options.deliverAll();
  return connection.jetstream({ timeout: timeoutMs }).subscribe(subject, options);
}
