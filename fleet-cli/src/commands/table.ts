// The commands, as a contents page. Each is one file, loaded when it is used.
import type { CommandTable } from "./command.ts";

export const COMMANDS: CommandTable = {
  // sessions
  launch: { purpose: "start a session", load: () => import("./launch.ts") },
  run: { purpose: "start a session, stream its output, exit with its code", load: () => import("./run-session.ts") },
  ls: { purpose: "list sessions", load: () => import("./ls.ts") },
  attach: { purpose: "open a session in this terminal; Ctrl+B d leaves it running", load: () => import("./attach.ts") },
  logs: { purpose: "show what a session printed", load: () => import("./logs.ts") },
  watch: { purpose: "show what sessions print, live", load: () => import("./watch.ts") },
  export: { purpose: "write what a session printed as a recording, with its timing", load: () => import("./export.ts") },
  replay: { purpose: "play a session or a recording with true timing", load: () => import("./replay.ts") },
  send: { purpose: "type text or keys into a session", load: () => import("./send.ts") },
  kill: { purpose: "end sessions, with everything they started", load: () => import("./kill.ts") },
  screen: { purpose: "show a session's screen as text", load: () => import("./screen.ts") },
  search: { purpose: "find lines in what sessions have printed, on all nodes", load: () => import("./search.ts") },
  status: { purpose: "show everything about a session", load: () => import("./status.ts") },
  wait: { purpose: "wait until a session has ended, rests, is blocked or prints something", load: () => import("./wait.ts") },
  report: { purpose: "say what the agent in a session does: working, blocked, done, idle", load: () => import("./report/report.ts") },
  hooks: { purpose: "print the settings by which an agent reports what it does", load: () => import("./report/hooks.ts") },
  restart: { purpose: "run a session's command again", load: () => import("./restart.ts") },
  rm: { purpose: "forget ended sessions and their logs", load: () => import("./rm.ts") },
  prune: { purpose: "remove ended sessions and their logs by age and size", load: () => import("./prune.ts") },
  msg: {
    purpose: "messages between sessions, and to people",
    commands: {
      send: { purpose: "leave a message for a session or a node's people", load: () => import("./msg/send.ts") },
      inbox: { purpose: "show the messages that came", load: () => import("./msg/inbox.ts") },
      request: { purpose: "send a message and wait for the answer", load: () => import("./msg/request.ts") },
      reply: { purpose: "answer a message", load: () => import("./msg/reply.ts") },
      listen: { purpose: "show messages as they come, each once", load: () => import("./msg/listen.ts") },
      status: { purpose: "show what became of a message", load: () => import("./msg/status.ts") },
      rm: { purpose: "remove a message, or take back one that still waits", load: () => import("./msg/rm.ts") },
    },
  },
  events: { purpose: "show what happened, and what happens", load: () => import("./events.ts") },
  notify: {
    purpose: "be told of events: on the desktop, by webhook, by a program",
    commands: {
      run: { purpose: "tell what happens in the fleet, as the rules say, until Ctrl-C", load: () => import("./notify/run.ts") },
      test: { purpose: "send a test event as a rule says", load: () => import("./notify/test.ts") },
      ls: { purpose: "list the rules, and how they fare", load: () => import("./notify/ls.ts") },
    },
  },
  top: { purpose: "watch the fleet live: nodes and sessions", load: () => import("./top.ts") },
  // machines
  nodes: { purpose: "list the fleet's machines", load: () => import("./nodes.ts") },
  node: {
    purpose: "one machine of the fleet",
    commands: {
      describe: { purpose: "show everything about a node", load: () => import("./node/describe.ts") },
      label: { purpose: "set and remove a node's labels", load: () => import("./node/label.ts") },
      drain: { purpose: "take no new sessions on a node, and wait for those that run", load: () => import("./node/drain.ts") },
      uncordon: { purpose: "take new sessions on a node again", load: () => import("./node/uncordon.ts") },
      rm: { purpose: "forget a node that is gone for good", load: () => import("./node/rm.ts") },
    },
  },
  up: { purpose: "start this machine's node, and set it up", load: () => import("./up.ts") },
  down: { purpose: "stop this machine's node; sessions go on", load: () => import("./down.ts") },
  hub: {
    purpose: "what a fleet shares: NATS server, registry, Caddy",
    commands: {
      init: { purpose: "make a hub on this machine: keys, accounts, certificates", load: () => import("./hub/init.ts") },
      up: { purpose: "start the hub's programs", load: () => import("./hub/up.ts") },
      down: { purpose: "stop the hub's programs; sessions go on", load: () => import("./hub/down.ts") },
      status: { purpose: "show what of the hub runs", load: () => import("./hub/status.ts") },
      token: {
        purpose: "join tokens, and the credentials they became",
        default: "create",
        commands: {
          create: { purpose: "print a join token for a machine or a person", load: () => import("./hub/token-create.ts") },
          ls: { purpose: "list tokens and credentials, and what became of each", load: () => import("./hub/token-ls.ts") },
          list: { purpose: "the same as ls", hidden: true, load: () => import("./hub/token-ls.ts") },
          revoke: { purpose: "take back a token or a credential", load: () => import("./hub/token-revoke.ts") },
          rotate: { purpose: "replace the signing key of a role, or one credential", load: () => import("./hub/token-rotate.ts") },
        },
      },
      permissions: { purpose: "print a role's permissions for a NATS of your own", load: () => import("./hub/permissions.ts") },
    },
  },
  key: { purpose: "print your public key, or this machine's node's", load: () => import("./key.ts") },
  join: { purpose: "join a fleet as a person: a credential for your own key", load: () => import("./join.ts") },
  server: {
    purpose: "nodes reached directly, without NATS",
    commands: {
      add: { purpose: "save a node's address and token", load: () => import("./server/add.ts") },
      ls: { purpose: "list saved servers", load: () => import("./server/ls.ts") },
      rm: { purpose: "remove a saved server", load: () => import("./server/rm.ts") },
      token: {
        purpose: "bearer tokens of this machine's node",
        commands: {
          create: { purpose: "make a token; it is shown once", load: () => import("./server/token-create.ts") },
          ls: { purpose: "list the tokens", load: () => import("./server/token-ls.ts") },
          revoke: { purpose: "end a token", load: () => import("./server/token-revoke.ts") },
        },
      },
    },
  },
  mcp: { purpose: "serve the fleet to an AI client, over MCP on stdin and stdout", load: () => import("./mcp.ts") },
  audit: { purpose: "show who did what, and check that the record is whole", load: () => import("./audit/audit.ts") },
  doctor: { purpose: "check this machine and say what to do", load: () => import("./doctor/index.ts") },
  completion: {
    purpose: "completion for your shell",
    commands: {
      bash: { purpose: "print the script for bash", load: () => import("./completion/bash.ts") },
      zsh: { purpose: "print the script for zsh", load: () => import("./completion/zsh.ts") },
      fish: { purpose: "print the script for fish", load: () => import("./completion/fish.ts") },
      powershell: { purpose: "print the script for PowerShell", load: () => import("./completion/powershell.ts") },
      words: { purpose: "what fits at the cursor, for the scripts", hidden: true, load: () => import("./completion/words.ts") },
      install: { purpose: "put it where your shell finds it", load: () => import("./completion/install.ts") },
    },
  },
  version: { purpose: "show the version", load: () => import("./version.ts") },
  help: { purpose: "show the commands, or one of them", load: () => import("./help.ts") },
};
