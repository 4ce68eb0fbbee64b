// The `fleet` command: the process itself, and nothing else. Everything it does is in commands/, loaded as needed.
import { runCommandLine } from "./commands/index.ts";

const SIGNALS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

const controller = new AbortController();
let exitCode: number | undefined;
let claimed = false;

function interrupted(code: number): void {
  // A second Ctrl-C doesn't wait for anything.
  if (!claimed || exitCode !== undefined) process.exit(code);
  exitCode = code;
  controller.abort();
}

for (const [signal, code] of Object.entries(SIGNALS)) process.on(signal, () => interrupted(code));

void runCommandLine({
  argv: process.argv.slice(2),
  stdin: () => process.stdin,
  stdout: () => process.stdout,
  stderr: () => process.stderr,
  interrupt: {
    signal: controller.signal,
    get exitCode() {
      return exitCode;
    },
    claim: () => (claimed = true),
    release: () => (claimed = false),
  },
  onClosed: () => process.exit(exitCode ?? 0),
}).then((code) => {
  process.exitCode = code;
});
