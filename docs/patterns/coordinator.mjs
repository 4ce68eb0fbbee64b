// Runs in a session of its own: hands out tasks to whoever asks, one each, and prints the results; ends when all have come.
import { execFileSync, spawn } from "node:child_process";
import { createInterface } from "node:readline";

const tasks = process.argv.slice(2);
let open = tasks.length;
const inbox = spawn("fleet", ["msg", "listen", "--json"], { stdio: ["ignore", "pipe", "inherit"] });
for await (const line of createInterface({ input: inbox.stdout })) {
  const { id, subject, text, wantsReply } = JSON.parse(line);
  if (wantsReply) execFileSync("fleet", ["msg", "reply", id, tasks.shift() ?? "stop"]);
  if (subject !== "result") continue;
  console.log(text);
  if (--open === 0) break;
}
inbox.kill();
