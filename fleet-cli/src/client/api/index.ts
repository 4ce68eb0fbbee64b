// The client library's door: what another project imports.
export { connect, type ConnectOptions } from "./connect.ts";
export { FleetError, type ErrorCode } from "@fleetwire/shared/errors";
export type { AskOptions, Fleet, SessionRow, SessionsQuery } from "./fleet.ts";
export type { KillOptions, RestartOptions, SendOptions, Sent, Session, SessionDetails } from "./session.ts";
export type { AttachEvents, AttachOptions, Attached, OutputGap, SessionEnd } from "./attach.ts";
export type { LogOptions, Screen, ScreenOptions } from "./output.ts";
export type { WaitedFor, WaitFor, WaitOptions } from "./wait.ts";
export type { LaunchOptions, NodeWish } from "./launch.ts";
export type { Ran, RunOptions } from "./run.ts";
export type { Events, EventsFilter, EventsOptions, FleetEvent } from "./events.ts";
export type { BroadcastOutcome, NodesQuery, Selected, Selection, SessionsWanted } from "./select.ts";
export type { Waiting } from "./abort.ts";
export type { NodeRecord, SessionExit, SessionRecord, SessionState, Size } from "@fleetwire/shared/domain";
export type { EventGap, NodeVerb, RegistryView } from "@fleetwire/shared/bus";
