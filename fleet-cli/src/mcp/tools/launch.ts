import { sessionLaunch } from "@fleetwire/shared/bus";
import { RestartPolicy } from "@fleetwire/shared/domain";
import { FleetError, parseOr } from "@fleetwire/shared/errors";
import { NodeName } from "@fleetwire/shared/ids";
import { parseCondition, type PlaceWish } from "@fleetwire/shared/placement";
import * as z from "zod/mini";
import { firstTaker, type Place } from "../../client/index.ts";
import { nodeName, sessionName, tags } from "../fields.ts";
import { directoryAt } from "../directory.ts";
import { checkCommand, checkEnv } from "../limits.ts";
import { fullOf, SessionFull, sessionLine } from "../records.ts";
import { defineTool, type ToolContext } from "../tool.ts";

const argv = z.array(z.string().check(z.maxLength(131_072), z.regex(/^[^\0]*$/))).check(z.minLength(1), z.maxLength(4_096));

const Input = z.strictObject({
  command: argv.check(z.describe("program and arguments, one word each, not run by a shell: ['claude', '-p', 'fix the tests']. For pipes and && say ['sh', '-c', '…']")),
  node: z.optional(nodeName),
  where: z.optional(z.array(z.string().check(z.maxLength(200))).check(z.maxLength(32), z.describe("without `node`: the best node that is all of this: zone=eu, !ssd, cpus>=8, arch=x64"))),
  cpus: z.optional(z.int().check(z.gte(1), z.lte(100_000), z.describe("without `node`: the best node with so many CPUs"))),
  memoryBytes: z.optional(z.number().check(z.positive(), z.describe("without `node`: the best node with so much free memory"))),
  gpus: z.optional(z.int().check(z.gte(1), z.lte(64), z.describe("so many GPUs of its own while it runs; without `node` on the best node that has them free"))),
  gpuMemoryBytes: z.optional(z.number().check(z.positive(), z.describe("least memory of each GPU"))),
  gpuModel: z.optional(z.string().check(z.minLength(1), z.maxLength(64), z.describe("part of the GPU's model name"))),
  name: z.optional(sessionName),
  tags: z._default(tags("for filters later: give your workers one of their own"), []),
  dir: z.optional(z.string().check(z.minLength(1), z.maxLength(4_096), z.describe("working directory on that node: absolute, or ~/…; default: on this machine where the server was started, elsewhere the home directory"))),
  env: z._default(z.record(z.string().check(z.maxLength(128)), z.string().check(z.maxLength(131_072))).check(z.describe("variables for its environment; their values are shown to nobody")), {}),
  restart: z.optional(RestartPolicy.check(z.describe("when it ends by itself; default no"))),
  restartCommand: z.optional(argv.check(z.describe("what a restart runs instead, e.g. to resume a conversation"))),
  cols: z._default(z.int().check(z.gte(1), z.lte(1_000)), 120),
  rows: z._default(z.int().check(z.gte(1), z.lte(1_000)), 40),
});
type Input = z.output<typeof Input>;

export default defineTool({
  title: "Launch a session",
  description:
    "Starts a program on a terminal of its own, on this machine, on a node you name, or on the best one for what it needs. It runs on when you are gone. Answers at once with its target, which the other tools take: then 'wait' for ['blocked', 'done', 'exit'], 'screen' to look, 'send' to type, 'output' for what it printed, 'remove' when it has ended and is not needed any more.",
  input: Input,
  output: z.object({ session: SessionFull }),
  changes: "anything",
  repeatable: false,
  async run(input, context) {
    const { limits, settings } = context;
    checkCommand(limits, input.command);
    if (input.restartCommand !== undefined) checkCommand(limits, input.restartCommand);
    checkEnv(limits, input.env);
    const session = fullOf(await place(input, context), settings.session);
    return { data: { session }, text: `launched ${sessionLine(session)}` };
  },
});

async function place(input: Input, context: ToolContext) {
  const { fleet } = context;
  const wish = wishOf(input);
  const isWish = wish.where.length > 0 || wish.cpus !== undefined || wish.memoryBytes !== undefined;
  if (input.node !== undefined) {
    if (isWish) throw new FleetError("bad-input", "`node` names the node; `where`, `cpus` and `memoryBytes` look for one: give one or the other");
    return launchAt(await fleet.node(parseOr(NodeName, input.node, "node", "unknown-node")), input, context);
  }
  const home = isWish || wish.gpus !== undefined ? undefined : await fleet.home();
  if (home !== undefined) return launchAt(home, input, context);
  return (await firstTaker(fleet, wish, (place) => launchAt(place, input, context))).answer;
}

function wishOf({ where = [], cpus, memoryBytes, gpus, gpuMemoryBytes, gpuModel }: Input): PlaceWish {
  if (gpus === undefined && (gpuMemoryBytes !== undefined || gpuModel !== undefined)) throw new FleetError("bad-input", "`gpuMemoryBytes` and `gpuModel` say which GPUs; `gpus` says how many");
  return {
    where: where.map(parseCondition),
    ...(cpus === undefined ? {} : { cpus }),
    ...(memoryBytes === undefined ? {} : { memoryBytes }),
    ...(gpus === undefined ? {} : { gpus: { count: gpus, ...(gpuMemoryBytes === undefined ? {} : { memoryBytes: gpuMemoryBytes }), ...(gpuModel === undefined ? {} : { model: gpuModel }) } }),
  };
}

function launchAt(place: Place, input: Input, { fleet, limits, settings, signal }: ToolContext) {
  const { command, name, env, restart, restartCommand, cols, rows } = input;
  const request = {
    command, name, env, restart, restartCommand,
    cwd: directoryAt(place, input.dir, settings),
    tags: [...new Set([...limits.tags, ...input.tags])],
    size: { cols, rows },
    gpus: wishOf(input).gpus,
    ...(place.kind === "local" ? { callerEnv: settings.callerEnv() } : {}),
  };
  return fleet.call(sessionLaunch, request, place, { signal });
}
