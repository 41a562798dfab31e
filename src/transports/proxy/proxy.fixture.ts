import { readCall, type ServerTraits } from '../../call/read-call.ts';
import { traits } from '../../call/received.fixture.ts';
import { headerValues, type Received } from '../../call/received.ts';
import type { Facts, Identity } from '../../decision/facts.ts';
import { facts, findingStages, openGate } from '../../decision/facts.fixture.ts';
import type { Outcome, Recorder } from '../../decision/record.ts';
import { NO_FALLBACKS } from '../../decision/stand-in.ts';
import type { Stages } from '../../decision/stages.ts';
import { deny, type Found, found, type Refusal } from '../../decision/verdict.ts';
import { systemClock } from '../../kit/clock.ts';
import { passingJudge } from '../reply/reply-exchange.fixture.ts';
import type { PassthroughRoute, ProxyAssembly, ProxyServer } from './proxy-assembly.ts';
import { createProxyServer, type ProxyServerOptions } from './server.ts';

/** What a test says about its proxy; everything else finds and passes. */
export interface ProxyFixtureOptions {
  readonly upstream: URL;
  readonly server?: Partial<ProxyServer>;
  readonly passthrough?: readonly PassthroughRoute[];
  readonly stages?: Partial<Stages>;
  readonly traits?: Partial<ServerTraits>;
  readonly assembly?: Partial<ProxyAssembly>;
  readonly door?: Partial<ProxyServerOptions>;
}

/** What was recorded, in order. */
export interface Heard {
  readonly intents: Facts[];
  readonly refusals: { readonly received: Received; readonly refusal: Refusal }[];
  readonly outcomes: Outcome[];
}

export interface ProxyFixture extends AsyncDisposable {
  readonly url: URL;
  readonly port: number;
  readonly heard: Heard;
  /** Resolves when the record holds `count` outcomes. */
  outcomes(count: number): Promise<readonly Outcome[]>;
  /** Makes another assembly the current one, as a reload does. */
  reload(options: Partial<ProxyFixtureOptions>): void;
  drain(withinMs: number): Promise<void>;
}

/** The proxy on a free port, with the real reader and `Bearer NAME` for authentication. */
export async function startProxy(options: ProxyFixtureOptions): Promise<ProxyFixture> {
  const { recorder, heard, outcomes } = listeningRecorder();
  let superseded = new AbortController();
  let current = assemble(options, recorder, superseded.signal);
  const door = createProxyServer({
    address: { kind: 'tcp', port: 0 },
    clock: systemClock,
    current: () => current,
    onError: (error) => {
      throw error;
    },
    ...options.door,
  });
  const listening = await door.listen();
  const port = typeof listening === 'string' ? 80 : listening.port;
  return {
    url: new URL(`http${options.assembly?.tls === undefined ? '' : 's'}://127.0.0.1:${port}/mcp`),
    port,
    heard,
    outcomes,
    reload(changed) {
      const before = superseded;
      superseded = new AbortController();
      current = assemble({ ...options, ...changed }, recorder, superseded.signal);
      before.abort();
    },
    drain: (withinMs) => door.drain(withinMs),
    [Symbol.asyncDispose]: () => door.drain(0),
  };
}

function assemble(options: ProxyFixtureOptions, recorder: Recorder, superseded: AbortSignal): ProxyAssembly {
  const servers = options.assembly?.servers ?? [serverOf(options.upstream, options.server)];
  return {
    stages: { ...findingStages, read: reading({ ...traits, ...options.traits }), authenticate, ...options.stages },
    recorder,
    tls: undefined,
    reserve: () => found({ [Symbol.dispose]() {} }),
    deadlineMs: 2000,
    servers,
    hasServer: (wanted) => servers.some(({ name }) => name === wanted),
    passthrough: options.passthrough ?? [],
    catalogued: servers,
    createJudge: passingJudge,
    sessions: {
      reserve: () => ({ [Symbol.dispose]() {} }),
      bind: (_facts, upstreamId) => ({ kind: 'bound', sealed: `sealed-${upstreamId}` }),
      end: () => {},
    },
    identify: async ({ headers }) => bearer(headerValues(headers, 'authorization')),
    fallbacks: NO_FALLBACKS,
    others: { take: () => undefined },
    serverNamed: (wanted) => servers.find(({ name }) => name === wanted),
    furtherAttempts: { failed: () => {}, mayTry: () => true },
    takeUsage: () => found(undefined),
    superseded,
    stops: openGate,
    ...options.assembly,
  };
}

/** A server as the tests have it. */
export function serverOf(url: URL, changed: Partial<ProxyServer> = {}): ProxyServer {
  return {
    name: 'files',
    route: '/mcp',
    upstream: { url, maxConnections: 64, maxPending: 64 },
    origins: new Set(),
    hosts: undefined,
    eras: 'both',
    identity: 'anonymous',
    resource: undefined,
    maxBodyBytes: 2 * 1024 * 1024,
    maxReplyBytes: 8 * 1024 * 1024,
    replyTimeoutMs: 30_000,
    streamMaxAgeMs: 3_600_000,
    maxCallsPerPrincipal: 64,
    forwardHeaders: new Set(),
    retries: undefined,
    ...changed,
  };
}

/** The check `read` over the real reader: what `assemble.ts` does with a server's own traits. */
export function reading(serverTraits: ServerTraits): Stages['read'] {
  return (received) => {
    const read = readCall(received, serverTraits);
    if (read.kind === 'call') return found(read.call);
    const { reason, detail, id, era } = read;
    return { ...deny('read', reason, {}, detail), misread: id === undefined ? { era } : { era, id } };
  };
}

const authenticate: Stages['authenticate'] = (call) => bearer(headerValues(call.headers, 'authorization'));

function bearer([value]: readonly string[]): Found<Identity> {
  const name = /^Bearer (\w+)$/.exec(value ?? 'Bearer anonymous')?.[1];
  return name === undefined ? deny('authenticate', 'token.malformed') : found({ ...facts.identity, principal: name });
}

function listeningRecorder(): { recorder: Recorder; heard: Heard; outcomes: ProxyFixture['outcomes'] } {
  const heard: Heard = { intents: [], refusals: [], outcomes: [] };
  const waiting: { readonly count: number; readonly resolve: () => void }[] = [];
  return {
    heard,
    recorder: {
      intent: async (intent) => void heard.intents.push(intent),
      refusal: (received, refusal) => void heard.refusals.push({ received, refusal }),
      passthrough: async () => {},
      outcome(outcome) {
        heard.outcomes.push(outcome);
        for (const { count, resolve } of waiting) if (heard.outcomes.length >= count) resolve();
      },
    },
    async outcomes(count) {
      const { promise, resolve } = Promise.withResolvers<void>();
      waiting.push({ count, resolve });
      if (heard.outcomes.length >= count) resolve();
      await promise;
      return heard.outcomes;
    },
  };
}
