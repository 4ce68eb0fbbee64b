import { FleetError } from "@fleetwire/shared/errors";
import { defineCommand, TARGET } from "./command.ts";
import { toggle, value, whole } from "./flags.ts";

export default defineCommand({
  args: [TARGET],
  flags: { "ansi": toggle("with colours, as escape sequences"), "scrollback": value("N", "also so many lines above it", whole(0, 100_000)) },
  examples: ["fleet screen build", "fleet screen build --ansi", "fleet screen build --json"],
  async run({ client, args: [target = ""], flags }) {
    const want = { kind: "screen", format: flags.ansi ? "ansi" : "text", scrollback: flags.scrollback } as const;
    await using stream = await client.openStream(await client.resolve(target), { want, scope: "read" });
    for await (const event of stream) {
      if (event.kind !== "snapshot") continue;
      const { cols, rows, cursor, title, offset } = event.header;
      const text = event.bytes.toString("utf8");
      return { json: { target: stream.session.target, cols, rows, cursor: cursor ?? null, title: title ?? null, offset, text }, text: text.replace(/\n$/, "") };
    }
    throw new FleetError("connection-lost", `the screen of ${target} did not come`);
  },
});
