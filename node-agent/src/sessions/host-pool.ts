// All PTY hosts of this node. Those of the newest generation (this release and build) share new sessions between them; the
// oldest of these is the first, and stays. Others leave when they run nothing any more: further ones of the generation soon,
// those of an earlier generation after their last session.
import { setTimeout as sleep } from "node:timers/promises";
import type { PartStatus } from "@fleetwire/shared/bus";
import type { HostEvent, HostFile } from "@fleetwire/shared/control";
import { FleetError } from "@fleetwire/shared/errors";
import type { PublicKey } from "@fleetwire/shared/ids";
import type { Log } from "../log/index.ts";
import { buildOf } from "../pty-host/index.ts";
import type { HostClient } from "./host-client.ts";
import { findHosts } from "./host-files.ts";
import { answers, openHostLines, type HostLine } from "./host-lines.ts";
import { hostPart } from "./host-part.ts";
import { startHost, type HostProgram } from "./start-host.ts";

export interface HostListener {
  event(hostId: string, event: HostEvent): void;
  /** It answers again: what happened meanwhile has to be asked for. */
  back(host: HostClient): void;
  /** The process is gone, and its sessions with it. */
  lost(hostId: string): void;
  /** Sessions that it runs or is starting. */
  running(hostId: string): number;
}

export interface HostPool extends AsyncDisposable {
  /** Everything that was running is connected, or known to be gone or silent. */
  readonly adopted: Promise<void>;
  /** Hosts that take new sessions, the first one first; at least one. @throws FleetError `launch-failed`, `host-unreachable` */
  current(): Promise<readonly [HostClient, ...HostClient[]]>;
  /** Has a session put where there is most room; a further host is started when none has any. `use` writes it down at once. */
  place<T>(use: (host: HostClient) => T): Promise<T>;
  /** One that answers. */
  get(hostId: string): HostClient | undefined;
  all(): readonly HostClient[];
  /** A process that lives, whether it answers or not. */
  lives(hostId: string): boolean;
  parts(): PartStatus[];
  /** Ends every host with what it runs; none is started any more. */
  retire(graceMs: number): Promise<void>;
  listen(listener: HostListener): void;
  /** Called with those that take new sessions, now and whenever they are others. Earlier generations leave once it is done. */
  onCurrent(listener: (hosts: readonly HostClient[]) => Promise<void>): void;
}

const RETIRE_MS = 10_000;
/** A host that is silent now is adopted when it answers. */
const ADOPT_MS = 1_500;
/** How long a start waits for the hosts from which the new one could have the terminal listener. */
const PREDECESSOR_MS = 500;
const PASS_MS = 2_000;
const EMPTY_MS = 2_000;
const LOOK_MS = 1_000;

const generationOf = ({ version, build = "" }: Pick<HostFile, "version" | "build">) => `${version} ${build}`;

export function openHostPool(deps: { program: HostProgram; nodeKey: PublicKey; perHost: () => number; log: Log }): HostPool {
  const { program, nodeKey, perHost, log } = deps;
  const over = new AbortController();
  const background = new Set<Promise<void>>();
  const early: ((listener: HostListener) => void)[] = [];
  const heard = new Set<(hosts: readonly HostClient[]) => Promise<void>>();
  let listener: HostListener | undefined;
  let starting: Promise<void> | undefined;
  let retired = false;
  let told = "";
  let newest = generationOf({ version: program.version, build: buildOf(program.script) });

  /** What happens before anybody listens is told when somebody does. */
  function tell(what: (listener: HostListener) => void): void {
    if (listener === undefined) early.push(what);
    else what(listener);
  }

  const lines = openHostLines({
    runDir: program.runDir,
    nodeKey,
    log,
    listener: {
      event: (hostId, event) => tell((to) => to.event(hostId, event)),
      back: (host) => tell((to) => to.back(host)),
      lost: ({ file }) => tell((to) => to.lost(file.hostId)),
      changed: () => changed(),
    },
  });

  const isNewest = ({ file }: HostLine) => generationOf(file) === newest;
  const running = ({ file }: HostLine) => listener?.running(file.hostId) ?? 0;

  function usable(): (HostLine & { client: HostClient })[] {
    return [...lines.all.values()].filter(answers).filter((line) => isNewest(line) && !line.leaving).sort((a, b) => a.file.startedAt - b.file.startedAt);
  }

  function inBackground(work: Promise<void>): void {
    const guarded = work.catch((error: unknown) => {
      if (!over.signal.aborted) log.error({ err: error }, "work on the PTY hosts failed");
    });
    background.add(guarded);
    void guarded.finally(() => background.delete(guarded));
  }

  function changed(): void {
    if (over.signal.aborted || retired) return;
    const hosts = usable();
    if (hosts.length === 0) return void (isAdopted && inBackground(start()));
    const key = hosts.map(({ file }) => file.hostId).join();
    if (key === told || heard.size === 0) return;
    told = key;
    inBackground(handOver(hosts.map(({ client }) => client)));
  }

  /** The terminal listener goes to the newest generation first, and only then do the earlier ones let go of it. */
  async function handOver(hosts: readonly HostClient[]): Promise<void> {
    const [first] = hosts;
    const inherited = first?.hello.inherited === true || (first !== undefined && first.hello.listening !== null);
    // Where it could not be passed on, nobody else can listen while they do.
    if (!inherited) await retireOlder();
    await Promise.allSettled([...heard].map((hear) => hear(hosts)));
    if (inherited) await retireOlder();
  }

  async function retireOlder(): Promise<void> {
    await Promise.allSettled([...lines.all.values()].filter((line) => !isNewest(line) && !line.leaving).map(leave));
  }

  async function leave(line: HostLine): Promise<void> {
    if (!answers(line)) return;
    line.leaving = true;
    const left = await line.client.call("retire", { kill: false, graceMs: 0 });
    log.info({ host: line.file.hostId, running: left.running }, "a PTY host leaves after its last session");
  }

  /** A further one, when it has run nothing for a moment. */
  function retireEmpty(): void {
    for (const line of usable().slice(1)) {
      line.emptySince = listener === undefined || running(line) > 0 ? undefined : (line.emptySince ?? Date.now());
      if (line.emptySince !== undefined && Date.now() - line.emptySince >= EMPTY_MS) inBackground(leave(line));
    }
  }

  function start(): Promise<void> {
    if (over.signal.aborted || retired) return Promise.reject(new FleetError("host-unreachable", "the node agent is stopping"));
    starting ??= begin().finally(() => (starting = undefined));
    return starting;
  }

  async function begin(): Promise<void> {
    await Promise.race([connecting, sleep(PREDECESSOR_MS)]);
    const predecessors = [...usable(), ...[...lines.all.values()].filter(answers)];
    const file = await startHost(program, predecessors.length === 0 ? undefined : (path) => passOn(predecessors, path));
    newest = generationOf(file);
    await lines.connect(file);
    log.info({ host: file.hostId, hostPid: file.pid, build: file.build }, "PTY host started");
  }

  /** From the first that has the terminal listener to the host that waits at the path. */
  async function passOn(from: readonly (HostLine & { client: HostClient })[], path: string): Promise<boolean> {
    for (const { client } of from) {
      const passed = await client.call("pass", { path }, PASS_MS).then((answer) => answer.passed, () => false);
      if (passed) return true;
    }
    return false;
  }

  const found = findHosts(program.runDir);
  const connecting = Promise.all(
    found.map(async (file) => {
      try {
        await lines.connect(file, ADOPT_MS);
        log.info({ host: file.hostId, hostPid: file.pid }, "PTY host adopted");
      } catch {
        void lines.reconnect(file);
      }
    }),
  );
  let isAdopted = false;
  if (!found.some((file) => generationOf(file) === newest)) inBackground(start());
  const adopted = connecting.then(() => {
    isAdopted = true;
    changed();
  });
  const looking = setInterval(retireEmpty, LOOK_MS).unref();

  return {
    adopted,
    async current() {
      await adopted;
      for (;;) {
        const [first, ...others] = usable().map(({ client }) => client);
        if (first !== undefined) return [first, ...others];
        await start();
      }
    },
    async place(use) {
      await adopted;
      for (;;) {
        const [roomy] = usable().map((line) => ({ line, load: running(line) })).filter(({ load }) => load < perHost()).sort((a, b) => a.load - b.load);
        if (roomy !== undefined) return use(roomy.line.client);
        await start();
      }
    },
    get(hostId) {
      const line = lines.all.get(hostId);
      return line !== undefined && answers(line) ? line.client : undefined;
    },
    all: () => [...lines.all.values()].filter(answers).map(({ client }) => client),
    lives: (hostId) => lines.all.has(hostId),
    parts: () => [...lines.all.values()].map((line) => hostPart(line, { current: isNewest(line) && !line.leaving, sessions: running(line) })),
    async retire(graceMs) {
      retired = true;
      // A host that is just starting is one too: nobody would find it again before the next start.
      await Promise.allSettled([adopted, starting]);
      await Promise.allSettled([...lines.all.values()].map(async (line) => {
        line.leaving = true;
        await line.client?.call("retire", { kill: true, graceMs }, graceMs + RETIRE_MS);
      }));
    },
    listen(to) {
      listener = to;
      for (const what of early.splice(0)) what(to);
    },
    onCurrent(hear) {
      heard.add(hear);
      told = "";
      changed();
    },
    async [Symbol.asyncDispose]() {
      over.abort();
      clearInterval(looking);
      await lines[Symbol.asyncDispose]();
      await Promise.allSettled([starting, ...background].filter((work) => work !== undefined));
      await lines[Symbol.asyncDispose]();
    },
  };
}
