import { type AuditRecord, RECORD_TYPES } from '../record-shape.ts';
import { BoundedSums, OTHERS } from './bounded-sums.ts';
import { DurationSketch, type Durations } from './duration-sketch.ts';
import {
  members,
  NO_CALLER,
  type UsageCaller,
  usageCaller,
  usageDay,
  type UsageDimension,
  type UsageGroup,
  usageTarget,
} from './usage-group.ts';

/** What is counted of calls. Everything in it is bounded. */
export interface UsageCounts {
  /** Calls that were let through. */
  readonly allowed: number;
  readonly refused: number;
  /** Of the calls that were let through, those of which no outcome is recorded. */
  readonly open: number;
  readonly refusals: readonly { readonly reason: string; readonly count: number }[];
  readonly outcomes: readonly { readonly kind: string; readonly count: number }[];
  /** Answers that say that the tool failed, and JSON-RPC errors. */
  readonly errors: number;
  readonly reply_bytes: number;
  readonly duration_ms?: Durations;
  /** What replies said that calls cost, by the rule with the price. */
  readonly costs: readonly { readonly rule: string; readonly cost: number }[];
  /** What replies of models said of the tokens they used, each once: what came from a cache is no `input`. */
  readonly tokens: readonly { readonly type: string; readonly tokens: number }[];
  /** What was taken from limits and budgets before calls went on, by their names. */
  readonly taken: readonly { readonly limit: string; readonly cost: number }[];
}

/** One line of an answer. */
export interface UsageRow extends UsageCounts {
  readonly group: Partial<UsageGroup>;
}

export interface UsageOptions {
  readonly by: readonly UsageDimension[];
  /** Calls decided between these times are counted, as records have them, the second one excluded. */
  readonly since?: string | undefined;
  readonly until?: string | undefined;
}

const MAX_GROUPS = 10_000;
const MAX_NAMES = 256;
const TOKEN_TYPES = ['input', 'output', 'cache_read', 'cache_write'];
/** Calls of which the outcome is waited for, and callers that are remembered. */
const MAX_WAITING = 1_000_000;
const MAX_CALLERS = 100_000;

type Data = Readonly<Record<string, unknown>>;

/** Counts calls in the order of the record: an outcome belongs to the call that it is of, however much later it came. */
export class UsageTally {
  readonly #options: UsageOptions;
  readonly #groups = new Map<string, { readonly group: Partial<UsageGroup>; readonly counts: Counts }>();
  readonly #waiting = new Map<string, Counts>();
  /** By principal: refusals that were only counted name no more. */
  readonly #callers = new Map<string, UsageCaller>();

  constructor(options: UsageOptions) {
    this.#options = options;
  }

  add({ data, time, type }: AuditRecord): void {
    const own = members(data);
    if (type === RECORD_TYPES.outcome) this.#outcome(own);
    else if (this.#isWanted(time)) this.#decision(type, own, time);
  }

  /** What was counted, by the values of the groups. */
  rows(): readonly UsageRow[] {
    const rows = [...this.#groups].toSorted(([one], [other]) => (one < other ? -1 : 1));
    return rows.map(([, { group, counts }]) => ({ group, ...counts.told() }));
  }

  #isWanted(time: string): boolean {
    const { since, until } = this.#options;
    return (since === undefined || time >= since) && (until === undefined || time < until);
  }

  #decision(type: AuditRecord['type'], data: Data, time: string): void {
    switch (type) {
      case RECORD_TYPES.intent:
      case RECORD_TYPES.passthrough:
        this.#allowed(data, time);
        return;
      case RECORD_TYPES.refusal:
        this.#refused(data, time);
        return;
      case RECORD_TYPES.refusals:
        this.#counted(data, time);
        return;
      default:
    }
  }

  #allowed(data: Data, time: string): void {
    const counts = this.#countsOf(this.#callerOf(data), data, time);
    counts.allow(data['limits']);
    const id = data['decision_id'];
    if (typeof id !== 'string') return;
    this.#waiting.set(id, counts);
    const [oldest] = this.#waiting.keys();
    if (this.#waiting.size > MAX_WAITING && oldest !== undefined) this.#waiting.delete(oldest);
  }

  #refused(data: Data, time: string): void {
    const id = data['decision_id'];
    // The disk took the intent too late: the call did not go on.
    const allowed = typeof id === 'string' ? this.#waiting.get(id) : undefined;
    if (allowed !== undefined) allowed.withdraw();
    this.#waiting.delete(String(id));
    this.#countsOf(this.#callerOf(data), data, time).refuse(data['reason'], 1);
  }

  #counted({ counts }: Data, time: string): void {
    for (const each of Array.isArray(counts) ? counts : []) {
      const { caller, count, reason } = members(each);
      const unknown = { ...NO_CALLER, agent: typeof caller === 'string' ? caller : null };
      const known = typeof caller === 'string' ? this.#callers.get(caller) : undefined;
      this.#countsOf(known ?? { ...unknown, caller: unknown.agent }, {}, time).refuse(reason, count);
    }
  }

  #outcome(data: Data): void {
    const id = data['decision_id'];
    if (typeof id !== 'string') return;
    this.#waiting.get(id)?.end(data);
    this.#waiting.delete(id);
  }

  #callerOf({ caller }: Data): UsageCaller {
    if (caller === undefined) return NO_CALLER;
    const known = usageCaller(caller);
    if (known.caller !== null && this.#callers.size < MAX_CALLERS) this.#callers.set(known.caller, known);
    return known;
  }

  #countsOf(caller: UsageCaller, data: Data, time: string): Counts {
    const all: UsageGroup = { day: usageDay(time), ...caller, ...usageTarget(data) };
    const group = Object.fromEntries(this.#options.by.map((dimension) => [dimension, all[dimension]]));
    return this.#groupOf(group).counts;
  }

  #groupOf(group: Partial<UsageGroup>): { readonly counts: Counts } {
    const key = JSON.stringify(this.#options.by.map((dimension) => group[dimension]));
    const known = this.#groups.get(key);
    if (known !== undefined) return known;
    const isOther = Object.values(group).every((value) => value === OTHERS);
    if (this.#groups.size >= MAX_GROUPS && !isOther)
      return this.#groupOf(Object.fromEntries(this.#options.by.map((dimension) => [dimension, OTHERS])));
    const made = { group, counts: new Counts() };
    this.#groups.set(key, made);
    return made;
  }
}

/** The counts of one group. */
class Counts {
  readonly #refusals = new BoundedSums(MAX_NAMES);
  readonly #outcomes = new BoundedSums(MAX_NAMES);
  readonly #costs = new BoundedSums(MAX_NAMES);
  readonly #taken = new BoundedSums(MAX_NAMES);
  readonly #tokens = new BoundedSums(TOKEN_TYPES.length);
  readonly #durations = new DurationSketch();
  #allowed = 0;
  #ended = 0;
  #errors = 0;
  #replyBytes = 0;

  allow(limits: unknown): void {
    this.#allowed++;
    for (const { limit, cost } of listOf(limits)) this.#taken.add(limit, cost);
  }

  withdraw(): void {
    this.#allowed--;
  }

  refuse(reason: unknown, count: unknown): void {
    this.#refusals.add(typeof reason === 'string' ? reason : OTHERS, count);
  }

  end({ kind, duration_ms: durationMs, reply_bytes: replyBytes, costs, tokens, ...data }: Data): void {
    this.#ended++;
    this.#outcomes.add(kind, 1);
    this.#durations.add(durationMs);
    if (typeof replyBytes === 'number') this.#replyBytes += replyBytes;
    if (data['tool_error'] === true || data['rpc_error_code'] !== undefined) this.#errors++;
    for (const { rule, cost } of listOf(costs)) this.#costs.add(rule, cost);
    const used = members(tokens);
    for (const type of TOKEN_TYPES) this.#tokens.add(type, used[type]);
  }

  told(): UsageCounts {
    const refusals = this.#refusals.list();
    const durations = this.#durations.summary();
    return {
      allowed: this.#allowed,
      refused: refusals.reduce((sum, [, count]) => sum + count, 0),
      open: this.#allowed - this.#ended,
      refusals: refusals.map(([reason, count]) => ({ reason, count })),
      outcomes: this.#outcomes.list().map(([kind, count]) => ({ kind, count })),
      errors: this.#errors,
      reply_bytes: this.#replyBytes,
      ...(durations === undefined ? {} : { duration_ms: durations }),
      costs: this.#costs.list().map(([rule, cost]) => ({ rule, cost })),
      tokens: this.#tokens.list().flatMap(([type, sum]) => (sum === 0 ? [] : [{ type, tokens: sum }])),
      taken: this.#taken.list().map(([limit, cost]) => ({ limit, cost })),
    };
  }
}

function listOf(value: unknown): readonly Data[] {
  return Array.isArray(value) ? value.map(members) : [];
}
