// The way to this node's terminals for those who can't dial it: its first PTY host keeps a connection to the hub's relay.
// The host gets a pass, never the node's key, and keeps the connection when the agent is gone.
import type { AttachAddress, Credentials, PartStatus, RelayAnnouncement } from "@fleetwire/shared/bus";
import { FleetError } from "@fleetwire/shared/errors";
import type { PublicKey } from "@fleetwire/shared/ids";
import type { KeyPair } from "@fleetwire/shared/keys";
import { RELAY_PASS_MS, relayUrlTo, sealRelayPass } from "@fleetwire/shared/wire";
import type { Log } from "./log/index.ts";
import type { HostClient, HostPool } from "./sessions/index.ts";

/** The hub's word of where the relay is, and as whom this node comes to it. */
export interface RelayNews {
  readonly announced: RelayAnnouncement;
  readonly credentials: Credentials;
}

export interface RelayedDeps {
  readonly pool: HostPool;
  readonly nodeKey: KeyPair;
  readonly onChange: () => void;
  readonly now: () => number;
  readonly log: Log;
}

export interface Relayed extends Disposable {
  /** What the registry said last; undefined: there is no relay, or no fleet any more. */
  heard(news: RelayNews | undefined): void;
  /** The terminals' URL through the relay while the connection is there. */
  url(): string | null;
  addresses(): AttachAddress[];
  /** For the node's status; undefined where no relay is known of. */
  part(): PartStatus | undefined;
}

/** A pass is renewed when half of its time is over. */
const RENEW_MS = RELAY_PASS_MS / 2;
const LOOK_MS = 5_000;
const SOON_MS = 500;

export function createRelayed(deps: RelayedDeps): Relayed {
  const { pool, nodeKey, log } = deps;
  let news: RelayNews | undefined;
  let state: { connected: boolean; detail?: string } = { connected: false };
  /** The host that has the connection, what it was told, and when. */
  let told: { host: HostClient; place: Place; at: number } | undefined;
  let timer: NodeJS.Timeout | undefined;
  let over = false;
  let work: Promise<void> = Promise.resolve();

  async function tell(): Promise<void> {
    if (news === undefined) return letGo();
    const [host] = await pool.current();
    const place = passFor(host, news);
    const before = told;
    state = await host.call("relay", { relay: place });
    told = { host, place, at: place === before?.place ? before.at : deps.now() };
    // Of an earlier generation: it keeps the viewers that it has.
    if (before !== undefined && before.host.hello.hostId !== host.hello.hostId && before.host.isOpen) await before.host.call("relay", { relay: null });
  }

  async function letGo(): Promise<void> {
    const host = told?.host;
    told = undefined;
    state = { connected: false };
    if (host?.isOpen === true) await host.call("relay", { relay: null });
  }

  /** The one it has while that is good for long. */
  function passFor({ hello }: HostClient, { announced, credentials }: RelayNews): Place {
    const relay = credentials.facts.registries[0] as PublicKey;
    const had = told;
    if (had?.host.hello.hostId === hello.hostId && had.place.url === announced.url && had.place.pass.j === credentials.jwt && deps.now() - had.at < RENEW_MS) return had.place;
    const pass = sealRelayPass({ v: 1, relay, node: nodeKey.publicKey as PublicKey, hostKey: hello.hostKey, expires: deps.now() + RELAY_PASS_MS }, nodeKey, credentials.jwt);
    return { url: announced.url, ...(announced.ca === undefined ? {} : { ca: announced.ca }), relay, pass };
  }

  function look(): void {
    clearTimeout(timer);
    const before = url();
    let failed = false;
    work = work
      .then(tell)
      .catch((error: unknown) => {
        failed = true;
        state = { connected: false, detail: FleetError.from(error).message };
        log.warn({ err: error }, "the PTY host could not be told of the relay");
      })
      .then(() => {
        if (over) return;
        if (url() !== before) deps.onChange();
        clearTimeout(timer);
        if (news !== undefined) timer = setTimeout(look, state.connected || failed ? LOOK_MS : SOON_MS).unref();
      });
  }

  const base = () => (news === undefined ? undefined : relayUrlTo(news.announced.url, nodeKey.publicKey));
  const url = () => (state.connected ? (base() ?? null) : null);
  pool.onCurrent(async () => {
    look();
    await work;
  });

  return {
    heard(next) {
      news = next;
      look();
    },
    url,
    addresses() {
      const address = base();
      // Also while the connection is being made again: whoever attaches then waits a moment, and comes through.
      return address === undefined ? [] : [{ kind: "url", via: "relay", url: address, ...(news?.announced.ca === undefined ? {} : { ca: news.announced.ca }) }];
    },
    part() {
      if (news === undefined) return undefined;
      const detail = state.connected ? news.announced.url : `${news.announced.url}: ${state.detail ?? "connecting"}`;
      return { name: "relay link", state: state.connected ? "running" : "failed", detail };
    },
    [Symbol.dispose]() {
      over = true;
      clearTimeout(timer);
    },
  };
}

interface Place {
  url: string;
  ca?: string;
  relay: string;
  pass: { p: string; s: string; j?: string };
}
