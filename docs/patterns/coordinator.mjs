// Runs in a session of its own: hands out tasks to whoever asks, one each, and prints the results; ends when all have come and each worker
// has been told to stop.
//   node coordinator.mjs WORKERS TASK…
import { execFileSync, spawn } from "node:child_process";
import { createInterface } from "node:readline";

const [workers, ...tasks] = process.argv.slice(2);
let working = Number(workers);
let open = tasks.length;
const inbox = spawn("fleet", ["msg", "listen", "--json"], { stdio: ["ignore", "pipe", "inherit"] });
for await (const line of createInterface({ input: inbox.stdout })) {
  const { id, subject, text, wantsReply } = JSON.parse(line);
  if (subject === "result") {
    console.log(text);
    open--;
  }
  if (wantsReply) {
    const task = tasks.shift();
    if (task === undefined) working--;
    execFileSync("fleet", ["msg", "reply", id, task ?? "stop"]);
  }
  if (open === 0 && working === 0) break;
}
inbox.kill();
