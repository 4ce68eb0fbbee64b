// `npm run stop`: takes down what `npm start` brought up: the sessions of this machine's node, the node, the hub.
// Logs, keys and configuration stay; `npm start` goes on from there.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { bin, capture, root, say } from "./lib.mjs";

if (!existsSync(join(root, "fleet-cli/dist/fleet.js"))) {
  say("nothing to stop: nothing was built here");
} else {
  for (const args of [["hub", "down"], ["down", "--sessions", "--yes"]]) {
    const { code, stdout, stderr } = await capture(bin("fleet"), ["--non-interactive", ...args]);
    process.stderr.write(stdout + stderr);
    if (code !== 0 && !/hub-missing|no hub|not running/i.test(stderr)) process.exitCode = code;
  }
}
