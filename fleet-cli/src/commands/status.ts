import { sessionGet, type OutputOf } from "@fleetwire/shared/bus";
import { agoOf, bytesOf, commandText, renderFields } from "../ui/index.ts";
import { endedText } from "../client/index.ts";
import { defineCommand, TARGET } from "./command.ts";

export default defineCommand({
  args: [TARGET],
  flags: {},
  examples: ["fleet status build", "fleet status gpu-box:3 --json"],
  async run({ client, args: [target = ""] }) {
    const { place, session } = await client.resolve(target);
    const answer = await client.call(sessionGet, { session }, place);
    return { json: answer, text: textOf(answer), quiet: answer.session.target };
  },
});

function textOf({ session, log, idleSeconds }: OutputOf<typeof sessionGet>): string {
  const now = Date.now();
  const { activity, size } = session;
  const ago = (iso: string | null) => (iso === null ? undefined : `${iso} (${agoOf(iso, now)} ago)`);
  return renderFields([
    ["target", session.target],
    ["name", session.name ?? undefined],
    ["tags", session.tags.join(", ") || undefined],
    ["command", commandText(session.command)],
    ["directory", session.cwd],
    ["state", session.exit === null ? session.state : endedText(session)],
    ["activity", session.state !== "running" ? undefined : `${activity.state}${activity.reason === undefined ? "" : `: ${activity.reason}`}, since ${agoOf(activity.at, now)}`],
    ["evidence", session.state !== "running" ? undefined : (activity.evidence ?? "nothing seen yet")],
    ["says", session.state !== "running" ? undefined : activity.message],
    ["title", session.title === "" ? undefined : session.title],
    ["notification", session.notification === undefined ? undefined : `${session.notification.text} (${agoOf(session.notification.at, now)} ago)`],
    ["last bell", ago(session.lastBellAt ?? null)],
    ["unread", session.unread === undefined ? undefined : `${session.unread} ${session.unread === 1 ? "message" : "messages"}`],
    ["pid", session.pid === null ? undefined : String(session.pid)],
    ["size", `${size.cols} × ${size.rows}`],
    ["attached", String(session.attached)],
    ["created", ago(session.createdAt)],
    ["started", ago(session.startedAt)],
    ["ended", ago(session.endedAt)],
    ["last output", ago(session.lastOutputAt)],
    ["idle", idleSeconds === null || session.state !== "running" ? undefined : `${Math.round(idleSeconds)} s`],
    ["output", `${bytesOf(session.outputBytes)}, of which the log has ${bytesOf(log.end - log.start)}`],
    ["gpus", session.gpus === undefined ? undefined : session.gpus.map(({ index, name, uuid }) => `${index} ${name} (${uuid})`).join(", ") || "none any more"],
    ["restart", session.restart === undefined || session.restart === "no" ? undefined : session.restart],
    ["launched by", session.launchedBy],
    ["warning", session.warning],
  ]);
}
