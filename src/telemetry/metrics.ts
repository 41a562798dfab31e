// By file: the package's entry also loads its push gateway, cluster mode and OpenTelemetry, which cost 30 ms of every start.
import Counter from '@prometheus-io/client/lib/counter.js';
import Gauge from '@prometheus-io/client/lib/gauge.js';
import Histogram from '@prometheus-io/client/lib/histogram.js';
import Registry from '@prometheus-io/client/lib/registry.js';
import type { ReasonCode } from '../call/reason.ts';
import type { Outcome } from '../decision/record.ts';
import type { StoodIn } from '../decision/stand-in.ts';
import type { StageName } from '../decision/verdict.ts';
import { type CallMetrics, registerCallMetrics } from './call-metrics.ts';
import { LabelSet } from './label-set.ts';
import { type LoadMetrics, registerLoad } from './load-metrics.ts';
import { registerLimitStore } from './limit-store-metrics.ts';
import { MetricBudget } from './metric-budget.ts';
import { registerProcessMetrics } from './process-metrics.ts';
import { registerDependencies } from './dependency-metrics.ts';
import { registerStops } from './stop-metrics.ts';
import { metricsPages, type MetricsPage } from './render-metrics.ts';
import { registerTraceMetrics, type TraceMetrics } from './trace-metrics.ts';
import { type RecordMetrics, registerRecord } from './record-metrics.ts';
import { registerUsage, type UsageMetrics } from './usage-metrics.ts';
import { registerShipping, type ShipMetrics } from './ship-metrics.ts';
import { registerVault, type VaultMetrics } from './vault-metrics.ts';

/** One decision as it is counted. */
export interface CountedDecision {
  readonly server: string;
  readonly verdict: 'allow' | 'deny' | 'hold' | 'fault';
  /** Where it ended; `none` for an allow. */
  readonly stage: StageName | 'none';
  readonly reason: ReasonCode | 'none';
  /** `undefined` when it was not timed. */
  readonly seconds: number | undefined;
}

/** What the process counts. Each instance has a registry of its own. */
export interface Metrics extends CallMetrics, LoadMetrics, UsageMetrics {
  /** Names the servers whose decisions are counted apart, without their tools. */
  setServers(names: Iterable<string>): void;
  /** Names the passthrough routes, whose requests are counted beside the calls of servers. */
  setRoutes(names: Iterable<string>): void;
  decided(decision: CountedDecision): void;
  /** What became of an allowed call. */
  settled(server: string, kind: Outcome['kind']): void;
  /** A tool server was tried so many times more for one call. */
  triedAgain(server: string, times: number): void;
  /** Something stood in for an answer that could not be had. */
  stoodIn(server: string, source: StoodIn['source']): void;
  callStarted(): void;
  callEnded(): void;
  recordLost(kind: string): void;
  setRecordFailing(isFailing: boolean): void;
  reloaded(result: 'ok' | 'failed'): void;
  setQuarantined(server: string, tools: number): void;
  /** Something befell an exchange that is under way elsewhere. `listener` is a configured name. */
  exchangeEvent(listener: string, event: ExchangeEvent): void;
  /** Asks `open` for the exchanges that are under way, by listener, whenever the metrics are read. */
  watchExchanges(open: () => Iterable<readonly [listener: string, open: number]>): void;
  /** A breaker of a server went to a state, or one that only counts would have opened. */
  breakerChanged(server: string, to: BreakerChange): void;
  /** Asks `states` for the number of breakers in each state whenever the metrics are read. */
  watchBreakers(states: () => Iterable<readonly [server: string, state: string, breakers: number]>): void;
  /** A call asked for limits while the shared store was lost. */
  limitedWithoutStore(how: 'refused' | 'local' | 'open'): void;
  /** Asks `state` for how it is with the shared store of limits, whenever the metrics are read. */
  watchLimitStore(state: () => { readonly isLost: boolean; readonly lostMs: number }): void;
  /** Asks for the number of dependencies that fail, whenever the metrics are read. */
  watchDependencies(open: () => number): void;
  /** Asks `state` for what is stopped, whenever the metrics are read. */
  watchStops(state: () => { readonly count: number; readonly isKnown: boolean }): void;
  /** Makes the metrics of tracing, once. */
  traceMetrics(): TraceMetrics;
  /** `/metrics` with exemplars. */
  readonly openMetrics: MetricsPage;
  /** What there is to say of the record. */
  readonly record: RecordMetrics;
  /** What there is to say of the places that the record is brought to. */
  readonly shipping: ShipMetrics;
  /** Makes the metrics of the payload vault, once. */
  vaultMetrics(): VaultMetrics;
  /** The text of `/metrics`, in `contentType`. */
  render(): Promise<string>;
  readonly contentType: string;
}

/** What befalls exchanges whose bytes Envoy carries, as it is counted. */
export type ExchangeEvent = 'full' | 'expired' | 'unattended' | 'unjudged' | 'unknown_exchange' | 'unreadable_log';

/** Where a breaker went, as it is counted. */
export type BreakerChange =
  | 'closed'
  | 'open'
  | 'half_open'
  | 'metrics_only'
  | 'forced_open'
  | 'disabled'
  | 'would_open';

export interface MetricsOptions {
  readonly version: string;
  readonly nowMs: () => number;
}

/** Names that can be gone through again. */
type CountedCatalogue = readonly (readonly [server: string, tools: readonly string[]])[];

const MAX_SETS = 2000;
const DURATION_BUCKETS = [0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];

/** Makes the metrics. Label values come from configured names and closed tables only. */
export function createMetrics({ version, nowMs }: MetricsOptions): Metrics {
  // Exemplars are there in OpenMetrics alone.
  const registry = new Registry(Registry.OPENMETRICS_CONTENT_TYPE);
  const pages = metricsPages(registry);
  const m = register(registry);
  const servers = new LabelSet([]);
  const budget = new MetricBudget('sallyport_decisions_total', MAX_SETS);
  let lastGoodMs = nowMs();
  new Gauge({
    name: 'sallyport_config_age_seconds',
    help: 'Time since the configuration in use was loaded.',
    registers: [registry],
    collect() {
      this.set(Math.max(0, nowMs() - lastGoodMs) / 1000);
    },
  });
  registerProcessMetrics(registry);
  const { budgets: usageBudgets, ...usage } = registerUsage(registry);
  const calls = registerCallMetrics(registry, [budget, ...usageBudgets]);
  let known: { readonly catalogue: CountedCatalogue; readonly routes: CountedCatalogue } = {
    catalogue: [],
    routes: [],
  };
  m.buildInfo.set({ version }, 1);
  m.reloadOk.set(1);
  m.recordFailing.set(0);

  const labelOf = (server: string): string => {
    const label = servers.fold(server);
    if (label !== server) m.overflow.inc({ label: 'server' });
    return label;
  };

  const learn = (more: Partial<typeof known>): void => {
    known = { ...known, ...more };
    // A server of the same name counts: it has tools.
    const all = [...known.routes, ...known.catalogue];
    servers.replace(all.map(([name]) => name));
    calls.setCatalogue(all);
  };
  const setCatalogue: CallMetrics['setCatalogue'] = (catalogue) =>
    learn({ catalogue: [...catalogue].map(([name, tools]) => [name, [...tools]]) });
  return {
    ...registerLoad(registry),
    contentType: pages.text.contentType,
    openMetrics: pages.openMetrics,
    ...calls,
    ...usage,
    setCatalogue,
    setRoutes: (names) => learn({ routes: [...names].map((name) => [name, []]) }),
    setServers: (names) => setCatalogue([...names].map((name) => [name, []])),
    record: registerRecord(registry),
    shipping: registerShipping(registry, nowMs),
    decided({ server, verdict, stage, reason, seconds }) {
      const label = labelOf(server);
      const [folded = label] = budget.fold([label], [stage, reason, verdict]);
      m.decisions.inc({ server: folded, stage, reason, verdict });
      if (seconds !== undefined) m.duration.observe({ server: folded, verdict }, seconds);
    },
    settled: (server, kind) => m.outcomes.inc({ server: labelOf(server), kind }),
    triedAgain: (server, times) => m.retries.inc({ server: labelOf(server) }, times),
    stoodIn: (server, source) => m.fallbacks.inc({ server: labelOf(server), source }),
    callStarted: () => m.inFlight.inc(),
    callEnded: () => m.inFlight.dec(),
    recordLost: (kind) => m.lost.inc({ kind }),
    setRecordFailing: (isFailing) => m.recordFailing.set(isFailing ? 1 : 0),
    reloaded(result) {
      m.reloads.inc({ result });
      m.reloadOk.set(result === 'ok' ? 1 : 0);
      if (result === 'ok') lastGoodMs = nowMs();
    },
    exchangeEvent: (listener, event) => m.exchangeEvents.inc({ listener, event }),
    watchExchanges(open) {
      new Gauge({
        name: 'sallyport_exchanges_open',
        help: 'Allowed calls that are under way in Envoy, by listener.',
        labelNames: ['listener'],
        registers: [registry],
        collect() {
          for (const [listener, count] of open()) this.set({ listener }, count);
        },
      });
    },
    breakerChanged: (server, to) => m.breakerChanges.inc({ server: labelOf(server), to }),
    watchBreakers(states) {
      new Gauge({
        name: 'sallyport_breakers',
        help: 'Circuit breakers by server and state; those of tools that were not called yet are not counted.',
        labelNames: ['server', 'state'],
        registers: [registry],
        collect() {
          this.reset();
          for (const [server, state, count] of states()) this.set({ server: labelOf(server), state }, count);
        },
      });
    },
    limitedWithoutStore: (how) => m.withoutStore.inc({ how }),
    watchLimitStore: (state) => registerLimitStore(registry, state),
    watchDependencies: (open) => registerDependencies(registry, open),
    watchStops: (state) => registerStops(registry, state),
    setQuarantined: (server, tools) => m.quarantined.set({ server: labelOf(server) }, tools),
    traceMetrics: () => registerTraceMetrics(registry),
    vaultMetrics: () => registerVault(registry),
    render: () => pages.text.render(),
  };
}

function register(registry: Registry) {
  const registers = [registry];
  return {
    buildInfo: new Gauge({
      name: 'sallyport_build_info',
      help: 'Always 1; the version is a label.',
      labelNames: ['version'],
      registers,
    }),
    decisions: new Counter({
      name: 'sallyport_decisions_total',
      help: 'Decisions by server, verdict, and the check and reason that ended them.',
      labelNames: ['server', 'stage', 'reason', 'verdict'],
      registers,
    }),
    duration: new Histogram({
      name: 'sallyport_decision_duration_seconds',
      help: 'Time from receiving a call to the recorded answer.',
      labelNames: ['server', 'verdict'],
      buckets: DURATION_BUCKETS,
      registers,
    }),
    outcomes: new Counter({
      name: 'sallyport_outcomes_total',
      help: 'What became of allowed calls, by server.',
      labelNames: ['server', 'kind'],
      registers,
    }),
    inFlight: new Gauge({ name: 'sallyport_calls_in_flight', help: 'Calls that are not over yet.', registers }),
    lost: new Counter({
      name: 'sallyport_records_lost_total',
      help: 'Records that were counted in a gap record instead of written.',
      labelNames: ['kind'],
      registers,
    }),
    recordFailing: new Gauge({
      name: 'sallyport_record_failing',
      help: '1 while the record cannot be written and calls are refused for it.',
      registers,
    }),
    reloads: new Counter({
      name: 'sallyport_config_reloads_total',
      help: 'Reloads of the configuration.',
      labelNames: ['result'],
      registers,
    }),
    reloadOk: new Gauge({
      name: 'sallyport_config_last_reload_ok',
      help: '0 when the last reload was invalid and an older configuration is in use.',
      registers,
    }),
    quarantined: new Gauge({
      name: 'sallyport_quarantined_tools',
      help: 'Tools that are refused because their definition changed.',
      labelNames: ['server'],
      registers,
    }),
    exchangeEvents: new Counter({
      name: 'sallyport_exchange_events_total',
      help: 'What befell allowed calls that are under way in Envoy, beside their outcomes.',
      labelNames: ['listener', 'event'],
      registers,
    }),
    breakerChanges: new Counter({
      name: 'sallyport_breaker_changes_total',
      help: 'Changes of circuit breakers by server and the state they went to; would_open: one that only counts.',
      labelNames: ['server', 'to'],
      registers,
    }),
    retries: new Counter({
      name: 'sallyport_retries_total',
      help: 'Further attempts of calls, by server.',
      labelNames: ['server'],
      registers,
    }),
    fallbacks: new Counter({
      name: 'sallyport_fallbacks_total',
      help: 'Answers that something stood in for because a rule says so, by server and what did.',
      labelNames: ['server', 'source'],
      registers,
    }),
    withoutStore: new Counter({
      name: 'sallyport_limits_without_store_total',
      help: 'Calls whose limits were judged while the shared store was lost, by what became of them.',
      labelNames: ['how'],
      registers,
    }),
    overflow: new Counter({
      name: 'sallyport_label_overflow_total',
      help: 'Samples whose label value was not a configured name and was folded.',
      labelNames: ['label'],
      registers,
    }),
  };
}
