// What a session finds in its environment. Its base is the caller's, when the caller is on this machine, otherwise what a
// login would give. Nothing by which the node itself is steered or proves itself goes in.

type Env = Readonly<Record<string, string>>;

/** What of the agent's own environment a session launched from elsewhere gets. */
const LOGIN = /^(HOME|USER|LOGNAME|SHELL|PATH|LANG|LANGUAGE|LC_[A-Z]+|TZ|TMPDIR|XDG_[A-Z_]+|DBUS_SESSION_BUS_ADDRESS|DISPLAY|WAYLAND_DISPLAY|LD_LIBRARY_PATH|CUDA_[A-Z_]+|NVIDIA_[A-Z_]+)$/;

/** The node's settings and secrets: every FLEET_ variable but the one that says which home, and what NATS tools read. */
const CONTROL = /^(FLEET_(?!HOME$).*|NATS_.*|NKEYS_PATH)$/;

/** Of the terminal and the multiplexer that the caller sits in, not of the session's. */
const CALLERS_TERMINAL = /^(TMUX|TMUX_PANE|STY|WINDOW|WINDOWID|COLUMNS|LINES|TERM_PROGRAM|TERM_PROGRAM_VERSION|TERM_SESSION_ID|VTE_VERSION|KITTY_.*|ITERM_.*|WEZTERM_.*|OLDPWD|_)$/;

/** Left by a coding agent for its own children; an agent that finds them believes that it is nested. */
const NESTED_AGENT = /^(CLAUDECODE|CLAUDE_CODE_(ENTRYPOINT|SSE_PORT|SESSION_ID)|CODEX_(SANDBOX.*|THREAD_ID|SESSION_ID)|GEMINI_CLI|CURSOR_(AGENT|TRACE_ID)|AI_AGENT)$/;

const DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** The agent's own environment, cut down to what a login gives. */
export function loginEnvironment(env: Readonly<Record<string, string | undefined>>, home: string): Record<string, string> {
  const kept = Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined && LOGIN.test(entry[0]));
  return { HOME: home, PATH: DEFAULT_PATH, ...Object.fromEntries(kept), ...(env["FLEET_HOME"] ? { FLEET_HOME: env["FLEET_HOME"] } : {}) };
}

/** What stays the same over restarts. @param given variables that the launch itself named: they are over everything else */
export function baseEnvironment(base: Env, given: Env, cwd: string): Record<string, string> {
  const kept = Object.entries(base).filter(([name]) => isName(name) && ![CONTROL, CALLERS_TERMINAL, NESTED_AGENT].some((pattern) => pattern.test(name)));
  const env: Record<string, string> = { ...Object.fromEntries(kept), PWD: cwd };
  env["PATH"] ||= DEFAULT_PATH;
  if (["", "dumb", "unknown"].includes(env["TERM"] ?? "")) env["TERM"] = "xterm-256color";
  env["COLORTERM"] ||= "truecolor";
  return { ...env, ...given };
}

export interface SessionIdentity {
  readonly node: string;
  readonly id: number;
  readonly name: string | null;
  readonly epoch: string;
  /** The socket that knows which session asks. */
  readonly socket: string;
}

/** Who the session is; nothing that was given stands above it. */
export function withIdentity(env: Env, { node, id, name, epoch, socket }: SessionIdentity): Record<string, string> {
  const { FLEET_SESSION_NAME: _stale, ...rest } = env;
  return { ...rest, FLEET_NODE: node, FLEET_SESSION: String(id), ...(name === null ? {} : { FLEET_SESSION_NAME: name }), FLEET_SESSION_EPOCH: epoch, FLEET_SOCKET: socket };
}

/** A caller can send anything; what no environment can hold is left out. */
function isName(name: string): boolean {
  return name !== "" && !/[=\0]/.test(name);
}
