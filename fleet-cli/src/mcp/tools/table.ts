// The tools, as a contents page. Each is one file of its name.

export const TOOLS = {
  // to look
  nodes: () => import("./nodes.ts"),
  node: () => import("./node.ts"),
  sessions: () => import("./sessions.ts"),
  status: () => import("./status.ts"),
  screen: () => import("./screen.ts"),
  output: () => import("./output.ts"),
  watch: () => import("./watch.ts"),
  wait: () => import("./wait.ts"),
  search: () => import("./search.ts"),
  events: () => import("./events.ts"),
  // to act
  launch: () => import("./launch.ts"),
  send: () => import("./send.ts"),
  keys: () => import("./keys.ts"),
  messages: () => import("./messages.ts"),
  message: () => import("./message.ts"),
  restart: () => import("./restart.ts"),
  kill: () => import("./kill.ts"),
  remove: () => import("./remove.ts"),
  label: () => import("./label.ts"),
};

export type ToolName = keyof typeof TOOLS;
