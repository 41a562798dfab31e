import { join } from 'node:path';
import type { AuditRecorder } from '../audit/recorder.ts';
import { ParserPool } from '../call/parser-pool.ts';
import type { Catalogue, CatalogueServer } from '../catalogue/catalogue.ts';
import { ListObserver, type ToolReport } from '../catalogue/observe-list.ts';
import { Quarantine } from '../catalogue/quarantine.ts';
import { DefinitionReader } from '../catalogue/read-definition.ts';
import type { Config } from '../config/schema.ts';
import { errorOf } from '../kit/cause.ts';
import { systemClock } from '../kit/clock.ts';
import { ResultCache } from '../outcome/fallbacks/result-cache.ts';
import type { TaskNames } from '../outcome/task-names.ts';
import type { PolicySet } from '../policy/policy-set.ts';
import { openKeyFile } from '../sealing/key-file.ts';
import { createSealer, type Sealer } from '../sealing/seal.ts';
import { type Admit, createAdmit } from '../stages/admit/check.ts';
import { LoadShedder } from '../stages/admit/load-shedder.ts';
import { type LoopDelay, watchLoopDelay } from '../stages/admit/loop-delay.ts';
import type { BreakerEvent, BreakerState } from '../stages/availability/breaker.ts';
import { Bulkheads } from '../stages/availability/bulkheads.ts';
import { type BreakerKey, Breakers, type GuardedServer } from '../stages/availability/breakers.ts';
import type { SessionRegistry } from '../stages/handles/session-registry.ts';
import type { CountStore } from '../stages/limit/count-store.ts';
import { KnownBudgets } from '../stages/limit/known-budgets.ts';
import { AdaptiveFactors } from '../stages/limit/adaptive-factors.ts';
import { adaptiveCounts, AdaptiveLimits } from '../stages/limit/adaptive-limits.ts';
import type { LimitStore } from '../stages/limit/limit-store.ts';
import type { Reservations } from '../stages/limit/reservations.ts';
import { openEndedSessions } from '../stores/memory-sessions/ended-sessions.ts';
import { createMemorySessions } from '../stores/memory-sessions/memory-sessions.ts';
import { openQuarantineDirectory } from '../stores/quarantine/file-quarantine-store.ts';
import { RevocationFile } from '../stores/revocations/revocation-file.ts';
import type { OrderBook } from '../stores/orders/order-book.ts';
import { createLog, type Log, type NamedLog } from '../telemetry/log.ts';
import { createMetrics, type Metrics } from '../telemetry/metrics.ts';
import type { Tracing } from '../telemetry/tracing/open-tracing.ts';
import { openTaskNames } from './kept-task-names.ts';
import { openTracing } from './open-tracing.ts';
import { createLedgers, type Ledgers } from './ledgers.ts';
import { openLimits } from './open-limits.ts';
import { keepReservations } from './keep-reservations.ts';
import { openDependencies, type OpenDependencies } from './open-dependencies.ts';
import { openOrders } from './open-orders.ts';
import { openRecorder } from './open-recorder.ts';
import { type OpenedVault, openVault } from './vault/open-vault.ts';

/** The rules in force. Open streams look here, so that they follow every reload. */
export interface Rules {
  readonly catalogue: Catalogue;
  readonly policies: PolicySet;
  /** Plain HTTP routes by name. */
  readonly routes: Config['passthrough'];
}

/** What outlives a reload: what is stored, counted and held open. */
export interface State extends AsyncDisposable {
  readonly log: NamedLog;
  readonly metrics: Metrics;
  /** `undefined` where nobody looks at traces. */
  readonly tracing: Tracing | undefined;
  readonly recorder: AuditRecorder;
  /** `undefined` where nothing of arguments and replies is kept. */
  readonly payloads: OpenedVault['payloads'] | undefined;
  readonly sealer: Sealer;
  readonly sessions: SessionRegistry;
  readonly quarantine: Quarantine;
  readonly observer: ListObserver;
  readonly definitions: DefinitionReader;
  readonly tasks: TaskNames;
  readonly limits: LimitStore;
  readonly counts: CountStore;
  /** Whether other instances count in the same stores. */
  readonly isShared: boolean;
  /** What calls that are under way have reserved. */
  readonly reservations: Reservations;
  /** The budgets that calls asked for last. */
  readonly budgets: KnownBudgets;
  /** What this service itself depends on, left alone while it fails. */
  readonly dependencies: OpenDependencies;
  /** What operators have ordered: what is stopped, and limits that count otherwise for a while. */
  readonly orders: OrderBook;
  readonly admit: Admit;
  /** Which calls are not taken when there is too much to do. */
  readonly shedder: LoadShedder;
  /** What is in progress at each server. */
  readonly bulkheads: Bulkheads;
  /** By what the rates of adaptive limits are multiplied. */
  readonly factors: AdaptiveFactors;
  /** Whether tools are well enough to be called. */
  readonly breakers: Breakers;
  /** Results of tools, for when they cannot be had. */
  readonly results: ResultCache;
  readonly parser: ParserPool;
  /** The allowed calls whose bytes Envoy carries. */
  readonly ledgers: Ledgers;
  /** The deny list at `path`, opened once: streams that wait for a revocation keep waiting through reloads. */
  revocationsAt(path: string): Promise<RevocationFile>;
  /** The rules of the last good configuration. @throws before the first one is in force. */
  rules(): Rules;
  /** Puts rules in force. */
  enforce(rules: Rules): void;
  /** From now on no further call is admitted. */
  drain(): void;
}

export interface OpenStateOptions {
  readonly config: Config;
  /** Absolute path. Made with mode 0700 when it is not there. */
  readonly stateDir: string;
  /** Absolute path of the record. */
  readonly recordDir: string;
  readonly version: string;
  /** The absolute path of one that the configuration names. */
  readonly pathOf: (path: string) => string;
  /** CloudEvents `source` of the records: which instance wrote them. */
  readonly source: string;
}

/** Sessions that are remembered in all, over all callers. */
const MAX_SESSIONS = 50_000;
const SESSION_IDLE_MS = 30 * 60_000;
/** Budgets that an operator can look at and change. */
const MAX_KNOWN_BUDGETS = 10_000;
/** How late this process may be, of what it may at all, before adaptive limits are lowered. */
const LATE_SHARE = 0.5;

/**
 * Opens what a process keeps.
 *
 * @throws when a part of it cannot be used (foreign permissions, a damaged record): a service must then not start.
 */
export async function openState(options: OpenStateOptions): Promise<State> {
  const { config, stateDir, version, pathOf } = options;
  let rules: Rules | undefined;
  let tracing: Tracing | undefined;
  const log = createLog({ config: config.telemetry, version, traceOf: (id) => tracing?.book.idsOf(id) });
  const metrics = createMetrics({ version, nowMs: () => systemClock.nowMs() });
  const sealer = createSealer(openKeyFile(join(stateDir, 'sealing-keys.json'), () => systemClock.nowMs()));
  const quarantine = new Quarantine(openQuarantineDirectory(join(stateDir, 'quarantine')));
  await using opening = new AsyncDisposableStack();
  tracing = await openTracing(config, {
    version,
    metrics,
    catalogue: () => rules?.catalogue,
    routes: () => rules?.routes,
  });
  if (tracing !== undefined) opening.use(tracing);
  const limits = opening.use(await openLimits({ config, pathOf, log, metrics }));
  const reservations = opening.use(keepReservations(log));
  const orders = opening.use(await openOrders({ config, pathOf, stateDir, log, metrics }));
  const dependencies = opening.use(openDependencies(log, metrics));
  const tasks = openTaskNames({
    path: join(stateDir, 'tasks'),
    sealer,
    onError: (cause) => log.error('a task could not be stored', { cause: errorOf(cause) }),
  });
  const vault = await openVault(options, { log, metrics });
  if (vault !== undefined) opening.use(vault);
  const record = await openRecorder(options, log, metrics, tracing?.book, vault?.payloads);
  vault?.recordWith(record.recorder);
  opening.move();

  let isDraining = false;
  const current = (): Rules => {
    if (rules === undefined) throw new Error('no configuration is in force yet');
    return rules;
  };
  const loopDelay: LoopDelay & Disposable = watchLoopDelay();
  const revocations = new DenyLists(log);
  const parser = new ParserPool();
  const ledgers = createLedgers(config, {
    log: log.named('envoy'),
    metrics,
    onLeft(decisionId) {
      breakers.leave(decisionId);
      reservations.reservations.leave(decisionId);
    },
  });
  const breakers = new Breakers({
    clock: systemClock,
    onEvent: (key, event) => reportBreaker(key, event, log.named('tools'), metrics),
  });
  metrics.watchBreakers(() => breakerStates(breakers));
  const bulkheads = new Bulkheads();
  const { max_in_flight: maxInFlight, max_loop_delay_ms: maxLoopDelayMs } = config.decision;
  const factors = new AdaptiveFactors({
    clock: systemClock,
    isLate: () => loopDelay.meanMs() > LATE_SHARE * maxLoopDelayMs,
  });
  const shedder = new LoadShedder({
    loopDelay,
    maxLoopDelayMs,
    fullness: () => admit.inFlight() / maxInFlight,
    businessOf: (server, more) => bulkheads.businessOf(server, more),
    clock: systemClock,
    random: Math.random,
    onShed: (priority) => metrics.shed(priority),
  });
  const admit = createAdmit({
    maxInFlight,
    maxLoopDelayMs,
    loopDelay,
    draining: () => isDraining,
    shedder,
  });
  metrics.watchLoad(() => ({ load: shedder.load, servers: bulkheads.list(), factors: factors.list() }));
  return {
    log,
    metrics,
    tracing,
    recorder: record.recorder,
    payloads: vault?.payloads,
    sealer,
    quarantine,
    parser,
    ledgers,
    breakers,
    results: openResults(config),
    sessions: openSessions(stateDir, current, log),
    observer: new ListObserver({
      quarantine,
      report: (report) => reportTool(report, log.named('tools'), metrics, quarantine),
      nowMs: () => systemClock.nowMs(),
    }),
    definitions: new DefinitionReader(),
    tasks: tasks.names,
    limits: new AdaptiveLimits(limits.store, factors),
    counts: adaptiveCounts(limits.counts, factors),
    isShared: config.store.kind === 'redis',
    reservations: reservations.reservations,
    budgets: new KnownBudgets(MAX_KNOWN_BUDGETS),
    dependencies,
    orders: orders.book,
    admit,
    shedder,
    bulkheads,
    factors,
    revocationsAt: (path) => revocations.at(path),
    rules: current,
    enforce(next) {
      rules = next;
      metrics.setCatalogue([...next.catalogue.servers].map(([name, { tools }]) => [name, tools.keys()]));
      ledgers.forgive();
      breakers.enforce([...next.catalogue.servers].map(([name, server]) => [name, guardedServerOf(server)]));
      enforceLoad(next, { bulkheads, shedder, factors });
    },
    drain: () => {
      isDraining = true;
    },
    async [Symbol.asyncDispose]() {
      loopDelay[Symbol.dispose]();
      ledgers[Symbol.dispose]();
      tasks[Symbol.dispose]();
      await revocations[Symbol.asyncDispose]();
      await parser[Symbol.asyncDispose]();
      reservations[Symbol.dispose]();
      await limits[Symbol.asyncDispose]();
      await orders[Symbol.asyncDispose]();
      dependencies[Symbol.dispose]();
      await tracing?.[Symbol.asyncDispose]();
      await record[Symbol.asyncDispose]();
      await vault?.[Symbol.asyncDispose]();
    },
  };
}

/** Calls in progress stay counted, and what is known of callers stays known. */
function enforceLoad(
  { catalogue, policies }: Rules,
  { bulkheads, shedder, factors }: Pick<State, 'bulkheads' | 'shedder' | 'factors'>,
): void {
  const servers = [...catalogue.servers];
  bulkheads.enforce(servers.map(([name, { config }]) => [name, config.bulkhead]));
  factors.enforce(servers.map(([name, { config }]) => [name, config.adaptive]));
  shedder.enforce(
    servers.map(([name, { config }]) => [name, { range: policies.priorities(name), identity: config.identity }]),
  );
}

function guardedServerOf({ config, tools }: CatalogueServer): GuardedServer {
  return { settings: config.breaker, tools: new Set(tools.keys()) };
}

/** Tells the operator that a breaker changed. Names are those of the catalogue. */
function reportBreaker({ server, tool }: BreakerKey, event: BreakerEvent, log: Log, metrics: Metrics): void {
  const { kind, from, to, why } = event;
  metrics.breakerChanged(server, kind === 'changed' ? to : 'would_open');
  const level = to === 'open' || to === 'forced_open' ? 'warn' : 'info';
  log[level](kind === 'changed' ? 'a breaker changed' : 'a breaker would have opened', { server, tool, from, to, why });
}

/** How many breakers of each server are in each state. */
function breakerStates(breakers: Breakers): Iterable<readonly [server: string, state: BreakerState, count: number]> {
  const counts = new Map<string, [string, BreakerState, number]>();
  for (const [{ server }, { state }] of breakers.list()) {
    const key = `${server} ${state}`;
    counts.set(key, [server, state, (counts.get(key)?.[2] ?? 0) + 1]);
  }
  return counts.values();
}

/** Sessions in memory; which ones have ended outlives a restart. */
function openSessions(stateDir: string, rules: () => Rules, log: Log): SessionRegistry {
  return createMemorySessions({
    maxPerOwner: (server) => rules().catalogue.servers.get(server)?.config.maxSessionsPerPrincipal ?? 0,
    maxTotal: MAX_SESSIONS,
    idleAfterMs: SESSION_IDLE_MS,
    ended: openEndedSessions({
      path: join(stateDir, 'ended-sessions'),
      nowMs: () => systemClock.nowMs(),
      onError: (cause) => log.error('the end of a session could not be stored', { cause: errorOf(cause) }),
    }),
    nowMs: () => systemClock.monotonicMs(),
  });
}

/** The deny lists that configurations named so far, each opened once. One that could not be opened is tried again. */
class DenyLists implements AsyncDisposable {
  readonly #log: Log;
  readonly #byPath = new Map<string, Promise<RevocationFile>>();

  constructor(log: Log) {
    this.#log = log;
  }

  at(path: string): Promise<RevocationFile> {
    const list = this.#byPath.get(path) ?? this.#open(path);
    this.#byPath.set(path, list);
    list.catch(() => this.#byPath.delete(path));
    return list;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const list of await Promise.allSettled(this.#byPath.values())) {
      if (list.status === 'fulfilled') list.value[Symbol.dispose]();
    }
  }

  #open(path: string): Promise<RevocationFile> {
    return RevocationFile.open({
      path,
      clock: systemClock,
      onFailure: (cause) => this.#log.warn('the deny list cannot be read', { cause: errorOf(cause) }),
    });
  }
}

/** Tells the operator about a server's tools. Texts in reports are printable and bounded already. */
function reportTool(report: ToolReport, log: Log, metrics: Metrics, quarantine: Quarantine): void {
  const { kind, server } = report;
  const tool = 'tool' in report ? report.tool : undefined;
  const entries = quarantine.list().filter((entry) => entry.server === server);
  metrics.setQuarantined(server, entries.length);
  if (kind === 'changed') {
    log.error('a tool changed its definition and is in quarantine', { server, tool, diff: report.diff.join('\n') });
  } else {
    const cause = kind === 'not-stored' ? errorOf(report.cause) : undefined;
    log.warn('a tool list is not as accepted', { server, tool, kind, cause });
  }
}

function openResults({ fallback_cache: limits }: Config): ResultCache {
  return new ResultCache({
    maxEntries: limits.max_entries,
    maxBytes: limits.max_bytes,
    maxEntriesPerCaller: limits.max_entries_per_caller,
    maxBytesPerCaller: limits.max_bytes_per_caller,
  });
}
