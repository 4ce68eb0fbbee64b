// The client library's door: what another project imports.
export { connect, type ConnectOptions } from "./connect.ts";
export { FleetError, type ErrorCode } from "@fleetwire/shared/errors";
export type { AskOptions, Fleet, SessionRow, SessionsQuery } from "./fleet.ts";
export type { InboxOptions, ListenOptions, MailboxOptions, MessageOptions, Messages, MessageSent, RequestOptions } from "./messages.ts";
export type { Found, SearchOptions } from "./search.ts";
export type { KillOptions, Report, Reported, RestartOptions, SendOptions, Sent, Session, SessionDetails } from "./session.ts";
export type { AttachEvents, AttachOptions, Attached, OutputGap, SessionEnd } from "./attach.ts";
export type { LogOptions, Screen, ScreenOptions } from "./output.ts";
export type { WaitedFor, WaitFor, WaitOptions } from "./wait.ts";
export type { LaunchOptions, NodeWish } from "./launch.ts";
export type { Ran, RunOptions } from "./run.ts";
export type { Events, EventsFilter, EventsOptions, FleetEvent } from "./events.ts";
export type { BroadcastOutcome, NodesQuery, Selected, Selection, SessionsWanted } from "./select.ts";
export type { Waiting } from "./abort.ts";
export type { Activity, ActivityState, NodeRecord, SessionExit, SessionRecord, SessionState, Size } from "@fleetwire/shared/domain";
export type { EventGap, MessageRecord, NodeVerb, RegistryView, SearchMatch } from "@fleetwire/shared/bus";
