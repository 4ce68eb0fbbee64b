// A picture on its way to somebody: the header that says what it is, then its bytes.
import { FRAME, type HostMessage, type Want } from "@fleetwire/shared/wire";
import type { Picture, Screens } from "../screen/screens.ts";
import type { Session } from "../session/session.ts";
import type { Outbox } from "./outbox.ts";

type Say = (message: HostMessage) => void;

export async function sendSnapshot(picture: Picture, as: { format: "vt" | Extract<Want, { kind: "screen" }>["format"]; replaces: "screen" | "screen+scrollback" }, outbox: Outbox, say: Say): Promise<void> {
  const bytes = Buffer.from(picture.data, "utf8");
  const { size, cursor, title, offset } = picture;
  say({ type: "snapshot", offset, ...size, ...as, bytes: bytes.length, cursor, ...(title === "" ? {} : { title }) });
  await outbox.sendAll(FRAME.snapshot, bytes);
}

export async function showScreen(session: Session, want: Extract<Want, { kind: "screen" }>, screens: Screens, outbox: Outbox, say: Say): Promise<void> {
  const scrollback = want.scrollback ?? 0;
  const picture = await screens.show(session, want.format, want);
  session.looked();
  await sendSnapshot(picture, { format: want.format, replaces: scrollback > 0 ? "screen+scrollback" : "screen" }, outbox, say);
}
