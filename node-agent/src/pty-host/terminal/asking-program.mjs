// A program for tests: asks its terminal one question after the other and writes what it read to a file, as JSON.
// Arguments: the file, then the questions as JSON: `[text, times]` with how often each is repeated. One that gets no answer in 5 seconds is answered "…"; what comes within 100 ms of an answer belongs to it.
import { renameSync, writeFileSync, writeSync } from "node:fs";

const [file, questions] = process.argv.slice(2);
process.stdin.setRawMode(true);
let heard = "";
let wake = () => {};
process.stdin.on("data", (bytes) => {
  heard += bytes.toString("latin1");
  wake();
});

const answers = [];
for (const pieces of JSON.parse(questions)) {
  const question = pieces.map(([text, times]) => text.repeat(times)).join("");
  heard = "";
  const asked = performance.now();
  const answered = new Promise((resolve) => (wake = () => resolve(true)));
  for (let rest = Buffer.from(question); rest.length > 0; ) rest = rest.subarray(write(rest));
  await Promise.race([answered, new Promise((resolve) => setTimeout(resolve, 5_000, false))]);
  const ms = Math.round(performance.now() - asked);
  await new Promise((resolve) => setTimeout(resolve, 100));
  answers.push({ answer: heard === "" ? "…" : heard, ms });
}
writeFileSync(`${file}.new`, JSON.stringify(answers));
renameSync(`${file}.new`, file);
process.exit(0);

function write(bytes) {
  try {
    return writeSync(1, bytes);
  } catch (error) {
    if (error.code !== "EAGAIN") throw error;
    return 0;
  }
}
