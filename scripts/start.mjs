// `npm start`: from a fresh clone to a fleet that works. Each step looks first and does only what is missing, so that a
// second run is quick and changes nothing.
import { bin, capture, ensurePackages, root, say } from "./lib.mjs";

const DEMO = "hello";

await main();

async function main() {
  const { ensureParts } = await import("./real-parts.mjs");
  const parts = await ensureParts("start");
  await ensurePackages();
  const { buildAll } = await import("./build.mjs");
  await buildAll();
  if (parts.missing.includes("nats-server")) return oneMachine();

  const hub = await json(["hub", "status"], { mayFail: true });
  if (hub === undefined) await step("making a hub: keys, accounts, certificates", ["hub", "init"]);
  await step("starting the hub: nats-server, registry, Caddy", ["hub", "up"]);
  await step("starting this machine's node", ["up"]);
  const demo = await demoSession(["--remote"]);
  say(`\n$ fleet logs ${demo}        (over WSS, through Caddy)`);
  await show(["--remote", "logs", demo], { quietly: true });
  await look();
  next(demo);
}

/** No nats-server: sessions on this machine, which need none. */
async function oneMachine() {
  say("\nno nats-server here, so this is the one-machine mode: sessions on this machine, without a fleet.");
  await step("starting this machine's node", ["up"]);
  const demo = await demoSession([]);
  await show(["ls"]);
  next(demo);
}

/** The demo session, launched unless a former run's is still there. */
async function demoSession(flags) {
  const sessions = (await json([...flags, "ls", "--state", "running"])) ?? [];
  const there = sessions.find((session) => session.name === DEMO);
  if (there !== undefined) return there.target;
  const node = await json(["up"]);
  const command = ["sh", "-c", "echo 'Hello from a session. It goes on when you close this terminal.'; exec ${SHELL:-sh}"];
  const old = (await json([...flags, "ls"]))?.find((session) => session.name === DEMO);
  if (old !== undefined) await fleet([...flags, "rm", old.target]);
  const { stdout } = await fleet([...flags, "launch", "--on", node.node.name, "--name", DEMO, "--", ...command]);
  return stdout.trim().split("\n").at(-1);
}

async function look() {
  say("\n$ fleet nodes");
  await show(["nodes"]);
  say("\n$ fleet ls");
  await show(["ls"]);
}

function next(demo) {
  say(`
It works. What to type next (put node_modules/.bin on your PATH, or write npx before each):

  fleet attach ${demo}          a full terminal; Ctrl+B d leaves it running
  fleet launch -- htop            start something of your own
  fleet ls                        what runs, everywhere
  fleet hub token --role node     a token that makes another machine a node: fleet up --join TOKEN
  npm run stop                    take down what this brought up
`);
}

async function step(what, args) {
  const from = performance.now();
  await fleet(args);
  say(`${what} … ok (${((performance.now() - from) / 1000).toFixed(1)} s)`);
}

async function show(args) {
  const { stdout, stderr } = await fleet(args);
  process.stdout.write(stdout);
  process.stderr.write(stderr);
}

async function json(args, { mayFail = false } = {}) {
  const result = await fleet([...args, "--json"], { mayFail });
  return result.code === 0 ? JSON.parse(result.stdout) : undefined;
}

async function fleet(args, { mayFail = false } = {}) {
  const result = await capture(bin("fleet"), ["--non-interactive", ...args], { cwd: root });
  if (result.code !== 0 && !mayFail) {
    process.stderr.write(result.stderr);
    say(`npm start stopped at: fleet ${args.join(" ")}`);
    process.exit(result.code);
  }
  return result;
}
