// Tells its terminal what it wants (OSC 9), and waits for a key in raw mode, as agents without hooks do.
import { sleep, truth } from "./truth.mjs";

const out = (text) => process.stdout.write(text);
process.stdin.setRawMode(true);

async function work() {
  truth("working");
  for (let step = 0; step < 12; step++) {
    out(`step ${step}\r\n`);
    await sleep(100);
  }
}

await work();
truth("blocked");
out("\u001b]9;May I push? I need your permission\u0007");
await new Promise((resolve) => process.stdin.once("data", resolve));
await work();
truth("done");
out("\u001b]9;All 3 tasks finished\u0007");
await sleep(60_000);
