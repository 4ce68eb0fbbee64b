// The stack on a real engine: two servers, a registry and nodes in containers, used from this machine.
import { readFileSync } from "node:fs";
import { get } from "node:https";
import { join } from "node:path";
import { DockerComposeEnvironment, type StartedDockerComposeEnvironment } from "testcontainers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { examplesOf, looksLike } from "../docs/console.ts";
import type { NodeRecord } from "../shared/src/domain/index.ts";
import { waitFor } from "../shared/src/testing/index.ts";
import { root } from "../tests/machines.ts";
import { Tmux } from "../tests/tmux.ts";
import { openBench, PROJECT, type Bench } from "./testing/bench.ts";

/** The first run makes a Debian. */
const COLD_MS = 480_000;
const UP_MS = 60_000;

const found = await openBench();
afterAll(() => found?.[Symbol.asyncDispose](), UP_MS);
describe.skipIf(found === undefined)("the Compose stack", () => found && testStack(found));
describe.skipIf(found === undefined)("compose/README.md", () => found && testReadme(found));

function testStack({ env, ok, natsPort, gatewayPort, standaloneCompose }: Bench): void {
  const fleet = `fleet --nats nats://127.0.0.1:${natsPort}`;
  let stack: StartedDockerComposeEnvironment;

  beforeAll(async () => {
    // No helper container that would have to be pulled, and no guess at the engine's address from its default network.
    Object.assign(process.env, { DOCKER_HOST: env["DOCKER_HOST"], TESTCONTAINERS_RYUK_DISABLED: "true", TESTCONTAINERS_HOST_OVERRIDE: "localhost" });
    const stackOf = new DockerComposeEnvironment(root, "docker-compose.yml").withProjectName(PROJECT).withEnvironment({ ...env });
    stack = await (standaloneCompose ? stackOf.withClientOptions({ executable: { standalone: true, executablePath: "docker-compose" } }) : stackOf).up();
  }, COLD_MS);
  afterAll(() => stack?.down({ removeVolumes: true }), UP_MS);

  const nodes = async () => JSON.parse(await ok(`${fleet} --json nodes 2>/dev/null`)) as NodeRecord[];
  const live = (name: string) => waitFor(`${name} is live`, async () => (await nodes()).find((node) => node.name === name && node.state === "live"), UP_MS);

  it("shows the containerised node from outside, with an address of its own behind Caddy", async () => {
    const node = await live("docker-test");
    expect(node).toMatchObject({ open: true, platform: expect.stringContaining("linux") });
    expect(node.url).toMatch(new RegExp(`^wss://localhost:${gatewayPort}/n/[0-9a-f]{12}$`));
  }, UP_MS);

  it("launches there and reads the output over WSS", async () => {
    expect(await ok(`${fleet} --quiet launch --on docker-test --name shell -- bash --norc`)).toBe("docker-test:1");
    await ok(`${fleet} send docker-test:shell 'echo $((6*7)) as $(id -un)'`);
    await waitFor("its log shows the answer", async () => (await ok(`${fleet} logs docker-test:shell`)).includes("42 as fleet"));
    expect(await ok("docker compose exec -T docker-test fleet ls")).toMatch(/docker-test:1 .*shell/);
  }, UP_MS);

  it("attaches through Caddy, whose certificate nothing but the node's answer makes trusted", async () => {
    const refused = await new Promise<NodeJS.ErrnoException>((resolve, reject) => {
      get(`https://localhost:${gatewayPort}/v1/health`, () => reject(new Error("an unknown CA was trusted"))).on("error", resolve);
    });
    expect(refused.code).toMatch(/SELF_SIGNED|UNABLE_TO/);
    using terminal = new Tmux(env, `${fleet} attach docker-test:shell`);
    terminal.type("stty size\n");
    await terminal.shows(/^30 100/m);
    terminal.keys("C-b", "d");
    await terminal.shows(/detached/);
  }, UP_MS);

  it("publishes loopback ports only, and of the nodes only /v1/", async () => {
    const ports = (await ok(`docker ps --filter label=com.docker.compose.project=${PROJECT} --format '{{.Ports}}'`)).split(/[,\s]+/).filter((port) => port.includes("->"));
    expect(ports.toSorted()).toEqual([`127.0.0.1:${natsPort}->4222/tcp`, `127.0.0.1:${gatewayPort}->9443/tcp`].toSorted());
    const answers = await Promise.all(["/v1/health", "/", "/ca.crt", "/n/caddy/v1/health", "/n/0123456789ab/v1/health"].map((path) => statusOf(gatewayPort, path)));
    expect(answers).toEqual([200, 404, 404, 404, 502]);
  });

  it("gives each replica a name and a way in", async () => {
    await ok("docker compose up -d --scale docker-test=2");
    const [first, second] = [await live("docker-test"), await live("docker-test-2")];
    expect(second.url).not.toBe(first.url);
    await ok(`${fleet} launch --on docker-test-2 --name here -- bash --norc -c 'hostname; exec sleep 300'`);
    await waitFor("its log comes from that container", async () => second.url?.endsWith((await ok(`${fleet} logs docker-test-2:here`)).trim()));
    expect(await ok(`${fleet} --json ls`)).toContain("docker-test:1");
  }, UP_MS);

  it("ends cleanly when told to", async () => {
    const [container] = (await ok("docker compose ps -q docker-test")).split("\n");
    await ok("docker compose stop docker-test");
    expect(await ok(`docker inspect --format '{{.State.ExitCode}} {{.State.OOMKilled}}' ${container}`)).toBe("0 false");
  }, UP_MS);
}

function testReadme({ env, type, natsPort }: Bench): void {
  const examples = examplesOf("compose/README.md", readFileSync(join(root, "compose/README.md"), "utf8"));

  it.each(examples.map((example) => [`${example.line}: ${example.command}`, example] as const))(
    "line %s",
    async (_title, { command, shown }) => {
      const line = command.replace("127.0.0.1:4222", `127.0.0.1:${natsPort}`);
      if (line.startsWith("fleet attach")) return attachAndDetach(line);
      // What it tells of takes a moment; a person would look again.
      const again = /^fleet (nodes|logs)/.test(line);
      let last = { code: 1, output: "" };
      const asShown = async () => {
        last = await type(line);
        return last.code === 0 && looksLike(last.output, shown);
      };
      await waitFor(line, asShown, again ? UP_MS : 0).catch(() => expect(last).toEqual({ code: 0, output: shown.join("\n") }));
    },
    COLD_MS,
  );

  it("leaves nothing behind", async () => {
    for (const kind of ["ps --all", "volume ls", "network ls"]) {
      expect((await type(`docker ${kind} --quiet --filter label=com.docker.compose.project=${PROJECT}`)).output).toBe("");
    }
  });

  async function attachAndDetach(line: string): Promise<void> {
    using terminal = new Tmux({ ...env, FLEET_NATS_URL: `nats://127.0.0.1:${natsPort}` }, line);
    await terminal.shows(/in a container/);
    terminal.keys("C-b", "d");
    await terminal.shows(/detached/);
  }
}

/** Status of a path at Caddy; its certificate is another test's matter. */
function statusOf(port: number, path: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    get({ host: "localhost", port, path, rejectUnauthorized: false }, (answer) => resolve(answer.resume().statusCode)).on("error", reject);
  });
}
