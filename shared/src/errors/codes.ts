// The one error table. A code says what went wrong, how the process exits, whether the same call may be tried again,
// and what to do next. Nothing anywhere matches on message text.

export interface ErrorRow {
  /** Exit code of the CLI (DESIGN: 1 failure, 2 usage, 124 time-out, 125 transport, 126/127 as in a shell). */
  readonly exit: number;
  readonly retryable: boolean;
  /** The next step; an error may carry a better one of its own. */
  readonly hint: string;
}

const row = (exit: number, hint: string, retryable = false): ErrorRow => ({ exit, retryable, hint });

export const ERROR_CODES = {
  // usage
  "usage": row(2, "see 'fleet --help'"),
  "bad-target": row(2, "a target is node:id, node:name, an id or a name; 'fleet ls' lists them"),
  "bad-input": row(2, "see the command's --help"),
  "bad-config": row(2, "correct the file named above; 'fleet doctor' checks it"),
  "bad-name": row(2, "names are short and plain: letters, digits and hyphens"),
  "bad-recording": row(2, "an asciicast of version 2 or 3 can be played: what 'fleet export --cast' or asciinema writes"),
  "bad-token": row(2, "make a new one on the hub with 'fleet hub token'"),
  "needs-flag": row(2, "give the flag named above; nothing is asked when input is not a terminal"),
  "not-a-terminal": row(2, "run it in a terminal, or use 'fleet logs', 'fleet watch' or 'fleet send'"),
  // what was asked for is not there, or not so
  "unknown-session": row(1, "'fleet ls' lists the sessions"),
  "ambiguous-session": row(1, "say which with node:name or node:id"),
  "unknown-node": row(1, "'fleet nodes' lists the nodes"),
  "unknown-server": row(1, "'fleet server ls' lists the saved servers"),
  "name-taken": row(1, "choose another name, or end or remove the session that has it"),
  "node-name-taken": row(1, "choose another name with 'fleet up --name NAME'"),
  "not-running": row(1, "'fleet status TARGET' shows how it ended; 'fleet logs TARGET' shows what it printed"),
  "not-ready": row(1, "'fleet screen TARGET' shows what it asks; --when blocked answers it, --force types all the same"),
  "screen-changed": row(1, "'fleet screen TARGET' shows what is there now"),
  "still-running": row(1, "end it first with 'fleet kill TARGET'"),
  "nothing-to-attach": row(1, "start one with 'fleet launch -- CMD', or name the session to attach to"),
  "command-not-found": row(127, "check the spelling and the PATH of the shell you type in"),
  "command-not-executable": row(126, "it is there, but can't be executed: check its mode"),
  "no-such-directory": row(1, "--dir must name a directory that exists on that node"),
  "draining": row(1, "the node takes no new sessions; 'fleet node drain NODE --undo' ends that"),
  "no-room": row(1, "the node is at its limit of sessions; end or remove some", true),
  "no-free-gpu": row(1, "'fleet node describe NODE' shows who holds its GPUs; 'fleet launch --dry-run --gpus N' looks for another node", true),
  "no-fitting-node": row(1, "'fleet nodes' shows the labels and the load of each; 'fleet launch --dry-run' says what each lacks"),
  "launch-failed": row(1, "'fleet doctor' checks what a launch needs"),
  "not-supported": row(1, "'fleet doctor' says what this node can do"),
  "slow-pattern": row(1, "a pattern that tries the same in many ways, like (a+)+, has no end: say it another way, or without --regex"),
  "log-gone": row(1, "the log was rotated away or removed; 'fleet status TARGET' shows how the session ended"),
  "unknown-message": row(1, "'fleet msg inbox' lists the messages; ids are 12 letters and digits"),
  "inbox-full": row(1, "its reader has to read: 'fleet msg inbox --session TARGET' shows what waits there", true),
  "outbox-full": row(1, "'fleet msg status' shows what waits; 'fleet msg rm ID' takes one back", true),
  // permission
  "denied": row(1, "ask for a credential of another role: 'fleet hub token --role …'"),
  "untrusted-caller": row(1, "on that node: 'fleet up --open' accepts any caller of an unprotected NATS"),
  "bad-signature": row(1, "join the fleet again with a new token"),
  "credential-expired": row(1, "ask for a new join token: 'fleet hub token create' on the hub, then 'fleet join TOKEN' here"),
  "credential-revoked": row(1, "whoever runs the hub has taken it back; a new join token makes you a member again"),
  "unknown-credential": row(1, "'fleet hub token ls' lists what the hub gave out"),
  "bad-ticket": row(1, "tickets work once and for 30 s: run the command again"),
  "bad-bearer": row(1, "check the token: 'fleet server add NAME URL --token-file F'"),
  "read-only": row(1, "attach without --read-only, with a role that may type"),
  // transport
  "agent-unreachable": row(125, "'fleet up' starts this machine's node; 'fleet doctor' looks for the reason", true),
  "agent-start-failed": row(125, "the log named above has the reason"),
  "nats-unreachable": row(125, "check the address and that the server runs; this machine's sessions work without it", true),
  "nats-denied": row(125, "the NATS server refused the credential; join again with a new token"),
  "node-unreachable": row(125, "'fleet nodes' shows when it was last seen; its sessions are not affected", true),
  "node-has-no-url": row(125, "the node serves no terminal address; 'fleet node describe NODE' shows what it has"),
  "host-unreachable": row(125, "the session's PTY host doesn't answer; 'fleet doctor' looks for the reason", true),
  "server-unreachable": row(125, "check the URL and that the node listens there", true),
  "insecure-url": row(2, "use wss:// or https://; plain ws:// is for loopback addresses only"),
  "connection-lost": row(125, "the session goes on; attach again", true),
  "timeout": row(124, "give it more time with --timeout", true),
  "outcome-unknown": row(125, "it may have happened: look before you repeat it"),
  "expired": row(125, "the request came too late or the clocks differ; check the time on both machines", true),
  "replayed": row(1, "the same operation id was used for something else"),
  "unknown-verb": row(1, "one side is older than the other: 'fleet nodes' and 'fleet version' show the versions"),
  "version-skew": row(1, "bring both sides to the same version"),
  "too-large": row(2, "the message is larger than the limit; use --file or send it in parts"),
  // this machine
  "agent-running": row(1, "only one node agent runs for a state directory; 'fleet down' stops it"),
  "hub-missing": row(1, "'fleet hub init' makes a hub on this machine"),
  "hub-exists": row(1, "there is a hub here already; 'fleet hub status' shows it"),
  "port-taken": row(1, "stop what listens there, or choose another port"),
  "missing-program": row(1, "install it with your system's package manager; 'fleet doctor' lists what is missing"),
  "unsafe-permissions": row(1, "make it yours alone: chmod 700 the directory, chmod 600 the file"),
  "path-too-long": row(2, "sockets need a short path: set FLEET_HOME to a shorter directory"),
  "disk": row(1, "free some space; sessions go on meanwhile"),
  "audit-unwritable": row(1, "this node changes nothing that it can't record ('audit.mode = required'): free some space", true),
  "database-damaged": row(1, "it is set aside and rebuilt from what runs: ask again", true),
  "cancelled": row(130, "nothing was changed"),
  "internal": row(1, "this is a bug in Fleetwire; the log named above has the details"),
} as const satisfies Record<string, ErrorRow>;

export type ErrorCode = keyof typeof ERROR_CODES;

export function isErrorCode(text: string): text is ErrorCode {
  return Object.hasOwn(ERROR_CODES, text);
}
