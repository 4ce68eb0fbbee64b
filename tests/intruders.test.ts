// Whoever is on the same machine or on a page in its browser, and holds nothing: gets nothing. A real hub with its
// nats-server and Caddy, a node, a session; another Linux user, real Chromium, and every socket that is listened on.
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, statSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { request } from "node:https";
import { connect, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { WebSocketServer } from "ws";
import type { NodeRecord } from "../shared/src/domain/index.ts";
import { waitFor } from "../shared/src/testing/index.ts";
import { initHub, machine, type Machine } from "./machines.ts";

const SECRET = "canary-of-the-session";
let here: Machine;
beforeAll(async () => {
  here = machine();
  await initHub(here);
  await here.ok("hub", "up");
  await here.ok("up", "--name", "here");
  await here.ok("launch", "--name", "keeper", "--", "sh", "-c", `echo ${SECRET}; sleep 1000`);
}, 120_000);
afterAll(() => here[Symbol.asyncDispose]());

/** Of this machine's programs: agent, hosts, registry, nats-server, Caddy; not of what sessions run. */
function ownProcesses(): number[] {
  const { stdout } = spawnSync("pgrep", ["-f", here.home], { encoding: "utf8" });
  return stdout.split("\n").filter((line) => line !== "").map(Number).filter((pid) => existsSync(`/proc/${pid}`));
}

/** `address:port` of every TCP socket that one of them listens on, from the kernel's tables. */
function listeners(): { address: string; port: number }[] {
  const inodes = new Set(
    ownProcesses().flatMap((pid) =>
      readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
        try {
          return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1] ?? [];
        } catch {
          return [];
        }
      }),
    ),
  );
  return ["tcp", "tcp6"].flatMap((table) =>
    readFileSync(`/proc/net/${table}`, "utf8").split("\n").slice(1).flatMap((line) => {
      const [, local = "", , state, , , , , , inode = ""] = line.trim().split(/\s+/);
      const [address = "", port = ""] = local.split(":");
      return state === "0A" && inodes.has(inode) ? [{ address, port: Number.parseInt(port, 16) }] : [];
    }),
  );
}

describe.skipIf(process.getuid?.() !== 0)("another user of this machine", () => {
  const asNobody = (script: string) => spawnSync("setpriv", ["--reuid=65534", "--regid=65534", "--clear-groups", process.execPath, "-e", script], { encoding: "utf8" });

  it("reads no file, opens no socket and writes nothing, even where the way to it is open", () => {
    // A home that others may look into, as most are; what is ours has to be closed by itself.
    chmodSync(here.home, 0o755);
    const names = (readdirSync(here.home, { recursive: true }) as string[]).map((name) => join(here.home, name));
    const sockets = names.filter((name) => statSync(name).isSocket());
    const files = names.filter((name) => statSync(name).isFile());
    expect(sockets.length).toBeGreaterThan(2);
    expect(files.length).toBeGreaterThan(10);
    const { stdout, stderr } = asNobody(`
      const { readFileSync, writeFileSync, readdirSync } = require("node:fs");
      const got = [];
      const attempt = (what, act) => { try { act(); got.push(what); } catch {} };
      for (const name of ${JSON.stringify(names)}) {
        attempt("list " + name, () => readdirSync(name));
        attempt("read " + name, () => readFileSync(name));
        attempt("write " + name, () => writeFileSync(name + ".intruder", ""));
      }
      for (const pid of ${JSON.stringify(ownProcesses())}) {
        attempt("environment of " + pid, () => readFileSync("/proc/" + pid + "/environ"));
        attempt("signal to " + pid, () => process.kill(pid, 0));
      }
      let left = ${sockets.length};
      const done = () => --left === 0 && console.log(JSON.stringify(got));
      for (const path of ${JSON.stringify(sockets)}) {
        const socket = require("node:net").connect(path);
        socket.once("connect", () => { got.push("connect " + path); socket.destroy(); done(); }).once("error", done);
      }`);
    expect(JSON.parse(stdout || stderr)).toEqual([]);
  });

  it("finds no secret in what everybody may see of a process", () => {
    const { stdout } = spawnSync("ps", ["axww", "-o", "args"], { encoding: "utf8" });
    const seeds = ["node.nk", "hub/registry/registry.nk"].map((name) => readFileSync(join(here.home, "state", name), "utf8").trim());
    for (const seed of seeds) {
      expect(seed).toMatch(/^S[A-Z2-7]{50}/);
      expect(stdout).not.toContain(seed);
    }
  });
});

const http = (line: string, body = "") => `${line} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\nconnection: close\r\n\r\n${body}`;
const SAID = ['CONNECT {"verbose":false}\r\nSUB > 1\r\nPING\r\n', http("GET /"), http("GET /v1/session-list"), http("POST /v1/session-launch", '{"command":["sleep","9"]}'), "\0\0\0\u0001", "\u0016\u0003\u0001"];
const REFUSALS: readonly ((answer: string) => boolean)[] = [
  (answer) => answer === "",
  (answer) => /^HTTP\/1\.[01] (400|401|403|404) /.test(answer),
  // A TLS alert.
  (answer) => answer.startsWith("\u0015\u0003"),
  // nats-server says who it is, that it wants a credential, and no more than an error.
  (answer) => /^INFO .*"auth_required":true.*\r\n(-ERR '(Unknown Protocol Operation|Authorization Violation|Authentication Timeout|Parser Error)'.*\r\n)*$/s.test(answer),
];

describe("listeners", () => {
  it("are on loopback, and none gives anything away without a credential", async () => {
    const open = listeners();
    // nats-server, the node's terminals, Caddy.
    expect(open.length).toBe(3);
    for (const { address, port } of open) {
      expect(["0100007F", "00000000000000000000000001000000"]).toContain(address);
      for (const said of SAID) {
        const answer = await tell(port, said);
        expect(answer, `port ${port}`).not.toContain(SECRET);
        expect(REFUSALS.some((refusal) => refusal(answer)), `port ${port} answers ${JSON.stringify(said)} with ${JSON.stringify(answer)}`).toBe(true);
      }
    }
    expect(await here.json<unknown[]>("ls")).toHaveLength(1);
  });

  it("over TLS are the node's paths only, and those want a token", async () => {
    const [{ url }] = (await here.json<NodeRecord[]>("nodes")) as [NodeRecord];
    const { port } = new URL(String(url));
    for (const [path, status] of [["/", 404], ["/v1/session-list", 401], ["/v1/agent-stop", 401], ["/v1/../v1/session-list", 401], ["/config/", 404], ["/v1/host", 401]] as const) {
      expect([path, await statusOf(port, path)]).toEqual([path, status]);
    }
  });
});

function statusOf(port: string, path: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    request({ host: "localhost", port, path, method: "POST", rejectUnauthorized: false }, (response) => resolve(response.resume().statusCode)).on("error", reject).end();
  });
}

/** What is answered until the other side closes or says no more. */
function tell(port: number, text: string): Promise<string> {
  return new Promise((resolve) => {
    let heard = "";
    const socket = connect({ port, host: "127.0.0.1" });
    const done = () => {
      socket.destroy();
      resolve(heard);
    };
    socket.setTimeout(700, done);
    socket.on("data", (data) => (heard += data.toString("latin1"))).on("error", done).on("close", done);
    socket.write(text, "latin1");
  });
}

describe.skipIf(spawnSync("chromium", ["--version"]).status !== 0)("a page in a browser", () => {
  const profile = mkdtempSync(join(tmpdir(), "fw-page-"));
  let site: Server;
  let browser: ChildProcess;
  afterAll(async () => {
    const ended = once(browser, "exit");
    if (browser.kill()) await ended;
    site.close();
    // Its helpers write there for a moment after it.
    await waitFor("the profile is removed", () => {
      try {
        rmSync(profile, { recursive: true, force: true });
        return true;
      } catch {
        return false;
      }
    }, 20_000);
  });

  it("of another origin reaches no terminal and no verb; nor does one whose name was made to mean this machine", async () => {
    const direct = listeners().map(({ port }) => port);
    const [{ url }] = (await here.json<NodeRecord[]>("nodes")) as [NodeRecord];
    const names = ["127.0.0.1", "localhost", "rebound.example"];
    const sockets = [...names.flatMap((name) => direct.map((port) => `ws://${name}:${port}/v1/attach`)), `${url}/v1/attach`, `${String(url).replace("localhost", "rebound.example")}/v1/attach`];
    const fetches = names.flatMap((name) => direct.flatMap((port) => [`http://${name}:${port}/v1/session-list`, `http://${name}:${port}/v1/health`])).concat(`${String(url).replace(/^wss/, "https")}/v1/session-list`);
    // `no-cors` sends the request whatever the other side allows: a launch must not happen, readable or not.
    const page = `<!doctype html><body><script>
      const said = [];
      const socket = (url) => new Promise((done) => {
        let one; try { one = new WebSocket(url, "fleet.pty.v1"); } catch (error) { return done(); }
        one.onopen = () => { said.push("opened " + url); };
        one.onmessage = ({ data }) => { said.push("heard " + url + " " + data); done(); };
        one.onerror = one.onclose = () => done();
        setTimeout(done, 4000);
      });
      const read = async (url) => { try { said.push("read " + url + " " + (await fetch(url)).status); } catch {} };
      const launch = async (url) => { try { await fetch(url.replace("session-list", "session-launch"), { method: "POST", mode: "no-cors", headers: { "content-type": "text/plain" }, body: JSON.stringify({ command: ["sleep", "9"] }) }); } catch {} };
      // Its own server's, which the page may have: the attempts are real ones.
      const all = [...["ws://" + location.host + "/own", ...${JSON.stringify(sockets)}].map(socket), read("/own"), ...${JSON.stringify(fetches)}.flatMap((url) => [read(url), launch(url)])];
      Promise.all(all).then(() => fetch("/said", { method: "POST", body: JSON.stringify(said) }));
    </script>`;
    let tell: (said: string[]) => void;
    const told = new Promise<string[]>((resolve) => (tell = resolve));
    site = createServer((request, response) => {
      if (request.url !== "/said") return void response.writeHead(200, { "content-type": "text/html" }).end(page);
      let body = "";
      request.on("data", (chunk: Buffer) => (body += chunk.toString())).on("end", () => tell(JSON.parse(body) as string[]));
      response.end();
    });
    const own = new WebSocketServer({ noServer: true, handleProtocols: () => "fleet.pty.v1" });
    site.on("upgrade", (request, socket, head) => own.handleUpgrade(request, socket, head, (websocket) => websocket.send("hello")));
    await new Promise<void>((resolve) => site.listen(0, "127.0.0.1", resolve));
    const { port } = site.address() as AddressInfo;
    const flags = ["--headless", "--no-sandbox", "--disable-gpu", `--user-data-dir=${profile}`, "--ignore-certificate-errors", "--host-resolver-rules=MAP rebound.example 127.0.0.1", "--remote-debugging-port=0"];
    // It stays until it is ended: a browser that ends by itself does so by a clock of its own, which runs ahead of its sockets.
    browser = spawn("chromium", [...flags, `http://rebound.example:${port}/`], { stdio: "ignore", env: here.env });
    expect((await told).toSorted()).toEqual([`heard ws://rebound.example:${port}/own hello`, `opened ws://rebound.example:${port}/own`, "read /own 200"]);
    own.close();
    expect(await here.json<unknown[]>("ls")).toHaveLength(1);
  }, 90_000);
});
