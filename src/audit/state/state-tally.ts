import {
  type AuditRecord,
  type BreakerActionData,
  type CallData,
  type GapData,
  type IntentData,
  type OperatorData,
  type OutcomeData,
  RECORD_TYPES,
  type RefusalData,
} from '../record-shape.ts';
import { OrdersTally } from './orders-tally.ts';
import type {
  BreakerState,
  DigestState,
  LimitState,
  OpenCallsState,
  PolicyState,
  RecordedState,
  Told,
} from './recorded-state.ts';

/** Most limits by caller that are kept: those that were used last. */
const MAX_LIMITS = 10_000;

/** Follows the record from its beginning, and says what it tells of the instance. */
export class StateTally {
  readonly #orders = new OrdersTally();
  readonly #limits = new Map<string, LimitState>();
  readonly #breakers = new Map<string, BreakerState>();
  readonly #open = new Map<string, { readonly server: string; readonly tool?: string }>();
  #policy: PolicyState | undefined;
  readonly #rules = new Set<string>();
  #catalogue: DigestState | undefined;
  #first: number | undefined;
  #lost = 0;
  #forgotten = 0;
  #last: (Told & { readonly source: string }) | undefined;

  /** Takes the next record, in the order of numbers. */
  add({ type, data, sequence, time, source }: AuditRecord): void {
    const told: Told = { record: Number(sequence), time };
    this.#first ??= told.record;
    this.#last = { ...told, source };
    switch (type) {
      case RECORD_TYPES.intent:
        return this.#addIntent(data as IntentData, told);
      case RECORD_TYPES.refusal:
        return this.#addRefusal(data as RefusalData, told);
      case RECORD_TYPES.outcome:
        return void this.#open.delete((data as OutcomeData).decision_id);
      case RECORD_TYPES.operator:
        return this.#addOperator(data as OperatorData, told);
      case RECORD_TYPES.gap:
        this.#lost += Object.values((data as GapData).lost).reduce((sum, count) => sum + count, 0);
        return;
      default:
      // Nothing of the instance's state is in it.
    }
  }

  /** What was so when the last record was written; `undefined` when there was none. */
  state(): RecordedState | undefined {
    if (this.#last === undefined) return undefined;
    const { bundle } = this.#orders;
    return {
      ...this.#last,
      ...(this.#policy === undefined ? {} : { policy: { ...this.#policy, rules_seen: [...this.#rules].toSorted() } }),
      ...(this.#catalogue === undefined ? {} : { catalogue: this.#catalogue }),
      ...(bundle === undefined ? {} : { bundle }),
      limits: [...this.#limits.values()],
      ...this.#orders.at(this.#last.time),
      breakers: [...this.#breakers.values()],
      in_progress: this.#inProgress(),
      unknown: this.#unknown(),
    };
  }

  #addIntent(data: IntentData, told: Told): void {
    this.#addCall(data, told);
    const caller = data.caller?.principal;
    for (const { limit, cost, remaining } of data.limits) {
      const key = keyOf(limit, caller);
      // Used last, so last of all: the first is the one to forget.
      this.#limits.delete(key);
      this.#limits.set(key, { ...told, limit, ...(caller === undefined ? {} : { caller }), cost, remaining });
    }
    this.#forgetLimits();
    const tool = toolOf(data);
    const place = { server: data.server, ...(tool === undefined ? {} : { tool }) };
    this.#open.set(data.decision_id, place);
    const breaker = this.#breakers.get(keyOf(data.server, tool));
    if (breaker?.seen?.did === 'refused') this.#see(place, { ...told, did: 'let_through' });
  }

  #addRefusal(data: RefusalData, told: Told): void {
    this.#addCall(data, told);
    // A call that was refused after its intent had been written goes nowhere.
    this.#open.delete(data.decision_id);
    const tool = toolOf(data);
    if (data.reason === 'breaker.open')
      this.#see({ server: data.server, ...(tool === undefined ? {} : { tool }) }, { ...told, did: 'refused' });
    const key = keyOf(data.rule ?? '', data.caller?.principal);
    const limit = data.reason === 'limit.exceeded' ? this.#limits.get(key) : undefined;
    if (limit !== undefined) this.#limits.set(key, { ...limit, refused_at: told.record });
  }

  #addCall({ policy_sha256: policy, catalogue_sha256: catalogue, rules = [] }: CallData, told: Told): void {
    if (policy !== undefined) {
      if (policy !== this.#policy?.sha256) this.#rules.clear();
      this.#policy = { ...digestState(policy, this.#policy, told), rules_seen: [] };
      for (const rule of rules) this.#rules.add(rule);
    }
    if (catalogue !== undefined) this.#catalogue = digestState(catalogue, this.#catalogue, told);
  }

  #addOperator(data: OperatorData, told: Told): void {
    switch (data.action) {
      case 'breaker.set':
        return this.#setBreaker(data, told);
      case 'budget.grant':
      case 'budget.reset':
        return;
      default:
        this.#orders.add(data, told);
    }
  }

  #setBreaker({ server, tool, state, was, why }: BreakerActionData, told: Told): void {
    const key = keyOf(server, tool);
    const place = { server, ...(tool === undefined ? {} : { tool }) };
    this.#breakers.set(key, { ...this.#breakers.get(key), ...place, set: { ...told, state, was, why } });
  }

  #see(place: Pick<BreakerState, 'server' | 'tool'>, seen: NonNullable<BreakerState['seen']>): void {
    const key = keyOf(place.server, place.tool);
    this.#breakers.set(key, { ...this.#breakers.get(key), ...place, seen });
  }

  #forgetLimits(): void {
    for (const key of this.#limits.keys()) {
      if (this.#limits.size <= MAX_LIMITS) return;
      this.#limits.delete(key);
      this.#forgotten += 1;
    }
  }

  #inProgress(): readonly OpenCallsState[] {
    const counts = new Map<string, OpenCallsState>();
    for (const place of this.#open.values()) {
      const key = keyOf(place.server, place.tool);
      counts.set(key, { ...place, calls: (counts.get(key)?.calls ?? 0) + 1 });
    }
    return [...counts.values()];
  }

  #unknown(): readonly string[] {
    const gone = (this.#first ?? 1) - 1;
    return [
      ...(gone > 0 ? [`Records 1 to ${gone} are not here: what only they tell is missing.`] : []),
      ...(this.#lost > 0 ? [`${this.#lost} records were counted instead of written.`] : []),
      ...(this.#forgotten > 0 ? [`${this.#forgotten} limits that were used longest ago are left out.`] : []),
      'Rules that had no say in any call yet, and the text of rules: compare the digest with that of the files.',
      'Limits: what came back since their last call, what was given back of calls that went nowhere, and all that another instance took. Limits in memory begin anew with the service, whose starts are not recorded.',
      'Budgets and what calls under way hold: only what operators changed of them is recorded.',
      'Breakers: changes that they make by themselves are not recorded, only what they did to calls and what operators set.',
    ];
  }
}

function digestState(sha256: string, before: DigestState | undefined, told: Told): DigestState {
  return { ...told, sha256, since_record: before?.sha256 === sha256 ? before.since_record : told.record };
}

function toolOf({ target }: CallData): string | undefined {
  return target?.kind === 'tool' ? target.name : undefined;
}

function keyOf(...parts: readonly (string | undefined)[]): string {
  return JSON.stringify(parts);
}
