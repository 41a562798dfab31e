import type { AdaptiveSettings } from '../catalogue/adaptive-settings.ts';
import type { BreakerSettings } from '../catalogue/breaker-settings.ts';
import type { BulkheadSettings } from '../catalogue/bulkhead-settings.ts';
import { NOTHING } from '../capability/capability.ts';
import type { Priority } from '../call/priority.ts';
import { call, facts, findingStages, received } from '../decision/facts.fixture.ts';
import { type HandleOptions, type Handled, handle } from '../decision/handle.ts';
import type { Outcome, Recorder } from '../decision/record.ts';
import type { Stages } from '../decision/stages.ts';
import { stopSubjectOf } from '../decision/stop-gate.ts';
import { deny, found } from '../decision/verdict.ts';
import type { JsonValue } from '../kit/json.ts';
import { createFallbacks } from '../outcome/fallbacks/create-fallbacks.ts';
import { ResultCache } from '../outcome/fallbacks/result-cache.ts';
import { countOf } from '../policy/count-spec.fixture.ts';
import { limitOf } from '../policy/limit-spec.fixture.ts';
import { createAdmit } from '../stages/admit/check.ts';
import { LoadShedder } from '../stages/admit/load-shedder.ts';
import { Breakers } from '../stages/availability/breakers.ts';
import { Bulkheads } from '../stages/availability/bulkheads.ts';
import { availabilityCheck } from '../stages/availability/check.ts';
import { furtherAttempts } from '../stages/availability/further-attempts.ts';
import { otherServers, withOtherServers } from '../stages/availability/other-servers.ts';
import { settleBreakers } from '../stages/availability/settle-breakers.ts';
import type { SallyportFacts } from '../stages/facts.ts';
import { AdaptiveFactors } from '../stages/limit/adaptive-factors.ts';
import { adaptiveCounts, AdaptiveLimits } from '../stages/limit/adaptive-limits.ts';
import { asOrdered } from '../stages/limit/as-ordered.ts';
import { limitCheck } from '../stages/limit/check.ts';
import { hearOutcomes } from '../stages/limit/hear-outcomes.ts';
import { KnownBudgets } from '../stages/limit/known-budgets.ts';
import { LimitOrders } from '../stages/limit/limit-orders.ts';
import { Reservations } from '../stages/limit/reservations.ts';
import { settleReservations } from '../stages/limit/settle-reservations.ts';
import { tellQuotas } from '../stages/limit/tell-quotas.ts';
import { stopGate } from '../stages/stop/check.ts';
import { MemoryCounts } from '../stores/memory/counts.ts';
import { MemoryTokenBuckets } from '../stores/memory/token-buckets.ts';
import { StopSet } from '../stores/orders/stop-set.ts';

/** Where a call comes to grief after everything has been taken, if it does. `left-…`: its caller leaves at that moment. */
export const FATES = [
  'well',
  'credential-refuses',
  'credential-throws',
  'consume-refuses',
  'record-fails',
  'reload',
  'left-at-credential',
  'left-at-record',
] as const;
export type Fate = (typeof FATES)[number];

export interface Wish {
  readonly tenant: 'a' | 'b';
  readonly tool: 'read' | 'pay';
  readonly priority: Priority;
  readonly fate: Fate;
}

/** What there is of everything, few enough that all of it is used up now and then. */
export const MOST = { budget: 14, cost: 300, concurrent: 4, token: 4, rate: 60, held: 10_000 } as const;
export const ESTIMATE = 10;
const DAY_MS = 86_400_000;
const SLOWLY = [{ burst: MOST.rate, refill: 1, periodMs: DAY_MS }];

export const ADAPTIVE = limitOf('adaptive', { name: 'adaptive', tiers: SLOWLY, adaptsTo: 'first' });
export const OWN = limitOf('own', { name: 'own', tenant: 'a', tiers: SLOWLY, cost: 2 });
export const CALLS = { ...countOf('calls', { most: MOST.budget }), kind: 'calls' } as const;
export const COST = { ...countOf('cost', { most: MOST.cost, unit: 'tokens' }), kind: 'cost' } as const;
export const CONCURRENT = countOf('concurrent', { kind: 'concurrent', most: MOST.concurrent });
const PRICE = { name: 'price', unit: 'tokens', estimate: ESTIMATE, reply: { kind: 'result', pointer: '/n' } } as const;

const BREAKER: BreakerSettings = {
  window: { kind: 'count', calls: 4 },
  minimumCalls: 3,
  failureRate: 60,
  slowRate: 100,
  slowCallMs: 60_000,
  waitMs: 500,
  maxWaitMs: 1000,
  halfOpenCalls: 2,
  maxHalfOpenMs: 3000,
  probeTimeoutMs: 2000,
  initially: 'closed',
};
const ROOM: BulkheadSettings = { calls: 8, connections: 6, callsPerTool: 5, keptPerTenant: 1, bytes: 1000 };
const FACTOR: AdaptiveSettings = {
  minimum: 0.1,
  intervalMs: 1000,
  step: 0.05,
  slowCallMs: 100,
  slowRate: 50,
  minimumCalls: 4,
};
const FALLBACKS = [
  { rule: 'other', on: { open: true, failed: true }, needsReply: false, source: { kind: 'server', server: 'second' } },
  { rule: 'away', on: { open: true, failed: true }, needsReply: false, source: { kind: 'static', members: '"x":1' } },
] as const;

export type WholePath = ReturnType<typeof newWholePath>;

/** All of one process that a call takes something of, from the first check to the outcome, over stores in memory. */
export function newWholePath() {
  const clock = { atMs: 0, monotonicMs: () => clock.atMs, nowMs: () => clock.atMs };
  const buckets = new MemoryTokenBuckets(100, clock);
  const counts = new MemoryCounts({ buckets, capacity: 100, clock });
  const factors = new AdaptiveFactors({ clock, isLate: () => false });
  const reservations = new Reservations({ clock, onError: fail });
  const breakers = new Breakers({ clock, onEvent: () => {} });
  const bulkheads = new Bulkheads();
  const stops = new StopSet(() => clock.atMs);
  const orders = new LimitOrders(() => clock.atMs);
  const shedder = new LoadShedder({
    loopDelay: { meanMs: () => 0 },
    maxLoopDelayMs: 100,
    fullness: () => admit.inFlight() / 12,
    businessOf: (server, more) => bulkheads.businessOf(server, more),
    clock,
    random: () => 0.5,
    onShed: () => {},
  });
  const admit = createAdmit({
    maxInFlight: 12,
    maxLoopDelayMs: 100,
    loopDelay: { meanMs: () => 0 },
    draining,
    shedder,
  });
  /** As a reload does, with the same configuration. */
  const enforce = (): void => {
    const tools = new Set(['read', 'pay']);
    breakers.enforce(SERVERS.map((name) => [name, { settings: BREAKER, tools }]));
    bulkheads.enforce(SERVERS.map((name) => [name, ROOM]));
    factors.enforce(SERVERS.map((name) => [name, FACTOR]));
    const range = { lowest: 'speculative', highest: 'interactive' } as const;
    shedder.enforce(SERVERS.map((name) => [name, { range, identity: 'token' }]));
  };
  enforce();

  const gate = stopGate(stops, () => clock.atMs);
  const fallbacks = createFallbacks<SallyportFacts>({ cache: new ResultCache(CACHE), clock, onError: fail });
  const twinAt = () => ({ idempotent: true });
  const others = otherServers({ breakers, bulkheads, stops: gate, fallbacks, twinAt });
  const wishes = new Map<string, Wish>();
  const wishOf = (decisionId: string): Wish => wishes.get(decisionId) ?? fail('no such call');
  const gates = new Map<string, PromiseWithResolvers<void>>();
  /** The caller of a call leaves, and the check that it is at goes on a little later. */
  const leaveAt = async (decisionId: string): Promise<void> => {
    const hanging = Promise.withResolvers<void>();
    gates.set(decisionId, hanging);
    leaving.get(decisionId)?.abort();
    await hanging.promise;
  };
  const leaving = new Map<string, AbortController>();
  const reloads = new Map<string, AbortController>();

  const limits = limitCheck(new AdaptiveLimits(buckets, factors), {
    store: adaptiveCounts(counts, factors),
    reservations,
    known: new KnownBudgets(9),
    isShared: true,
    heldMsOf: () => MOST.held,
  });
  const checks: Stages<SallyportFacts> = {
    ...findingStages,
    admit: (one, held) => admit(one, held),
    read: ({ decisionId }) => found(callOf(decisionId, wishOf(decisionId))),
    authenticate: (one) => {
      const identity = identityOf(wishOf(one.decisionId));
      return gate.refuse(stopSubjectOf(one, identity)) ?? found(identity);
    },
    checkTarget: ({ decisionId }) => found(targetOf(wishOf(decisionId))),
    applyPolicy: ({ decisionId }) => asOrdered(found(rulingOf(wishOf(decisionId))), orders),
    checkAvailability: availabilityCheck({ breakers, bulkheads, shedder }),
    takeLimits: tellQuotas(limits, () => true),
    async obtainCredential({ decisionId }) {
      const { fate } = wishOf(decisionId);
      if (fate === 'left-at-credential') await leaveAt(decisionId);
      if (fate === 'credential-throws') throw new Error('no credential');
      return fate === 'credential-refuses' ? deny('credential', 'fault.internal') : found(facts.credential);
    },
    consume: ({ decisionId }) =>
      wishOf(decisionId).fate === 'consume-refuses' ? deny('consume', 'policy.denied') : found(facts.consumed),
  };
  const intents: string[] = [];
  const outcomes: Outcome[] = [];
  const written: Recorder = {
    async intent({ call: { decisionId } }) {
      const { fate } = wishOf(decisionId);
      if (fate === 'left-at-record') await leaveAt(decisionId);
      if (fate === 'record-fails') throw new Error('no disk');
      intents.push(decisionId);
      if (fate === 'reload') reloads.get(decisionId)?.abort();
    },
    refusal() {},
    passthrough: async () => {},
    outcome: (outcome) => void outcomes.push(outcome),
  };
  const recorder = hearOutcomes(settleReservations(settleBreakers(written, breakers), reservations), factors);
  const stages = withOtherServers(checks, others, breakers);

  return {
    clock,
    buckets,
    counts,
    reservations,
    breakers,
    bulkheads,
    stops,
    orders,
    admit,
    intents,
    outcomes,
    recorder,
    others,
    further: furtherAttempts(breakers, factors),
    enforce,
    /** One call up to its answer, and on to where it lets go when it still hung then. */
    async ask(decisionId: string, wish: Wish): Promise<Handled<SallyportFacts>> {
      wishes.set(decisionId, wish);
      const [left, reload] = [new AbortController(), new AbortController()];
      leaving.set(decisionId, left);
      reloads.set(decisionId, reload);
      const options: HandleOptions<SallyportFacts> = {
        stages,
        recorder,
        deadlineMs: 60_000,
        superseded: reload.signal,
        fallbacks,
      };
      const asked = { ...received, server: 'first', decisionId, headers: headersOf(wish) };
      const handled = await handle(asked, options, left.signal);
      gates.get(decisionId)?.resolve();
      await turn();
      return handled;
    },
  };
}

const SERVERS = ['first', 'second'];
const CACHE = { maxEntries: 9, maxBytes: 9999, maxEntriesPerCaller: 9, maxBytesPerCaller: 9999 };

function draining(): boolean {
  return false;
}

function fail(cause: unknown): never {
  throw new Error(`what nothing should throw: ${String(cause)}`);
}

/** What was let go of has been given back. */
async function turn(): Promise<void> {
  await new Promise(setImmediate);
}

function headersOf({ tenant, priority }: Wish): (typeof received)['headers'] {
  return [['authorization', `Bearer ${tenant}-${priority}`]];
}

function callOf(decisionId: string, wish: Wish): SallyportFacts['call'] {
  const target = { kind: 'tool', name: wish.tool } as const;
  return { ...call, server: 'first', decisionId, target, headers: headersOf(wish), body: new Uint8Array(10) };
}

/** With a budget of its own for the tools that do more than read. */
function identityOf({ tenant }: Wish): SallyportFacts['identity'] {
  const limits = { calls: MOST.token, rate: { tokens: MOST.token, perS: 86_400, burst: MOST.token } };
  return {
    kind: 'token',
    principal: `agent-${tenant}`,
    issuer: 'https://sts.example',
    tenant,
    tokenId: `jti-${tenant}`,
    transaction: 'txn',
    expiresAtMs: DAY_MS,
    claims: new Map<string, JsonValue>([['iat', 0]]),
    capability: {
      ...NOTHING,
      tools: new Map([['pay', { arguments: undefined, limits }]]),
      budgets: [{ per: 'txn', calls: MOST.budget }],
    },
  };
}

function targetOf({ tool }: Wish): SallyportFacts['target'] {
  const effects = tool === 'read' ? ['read'] : ['write'];
  return { kind: 'tool', name: tool, pin: 'pin', effects, idempotent: tool === 'read' };
}

function rulingOf({ tool, priority }: Wish): SallyportFacts['ruling'] {
  return {
    ...facts.ruling,
    priority,
    limitSpecs: [ADAPTIVE, OWN],
    metering: { counts: [CALLS, COST, CONCURRENT], prices: [PRICE] },
    ...(tool === 'read' ? { fallbacks: FALLBACKS } : {}),
  };
}
