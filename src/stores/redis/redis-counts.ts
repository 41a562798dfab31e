import type {
  Asked,
  BudgetLine,
  BudgetScope,
  CountScope,
  CountSpec,
  CountStore,
  Reserving,
  SettledCount,
} from '../../stages/limit/count-store.ts';
import type { LimitSpec } from '../../stages/limit/limit-store.ts';
import { bucketKeyOf, countKeyOf, hashTagOf, reservationKeyOf } from './bucket-key.ts';
import { type EpochKeys, epochKeys } from './epoch.ts';
import { packTiers } from './pack-tiers.ts';
import { isIntegers } from './read-answer.ts';
import { readReserving } from './read-reserving.ts';
import {
  GRANT_SCRIPT,
  LOOK_SCRIPT,
  RENEW_SCRIPT,
  RESERVE_SCRIPT,
  RESET_SCRIPT,
  SETTLE_SCRIPT,
  VACATE_SCRIPT,
} from './reserve-script.ts';
import type { Script, ScriptClient } from './script.ts';
import { TAKE_SCRIPT } from './take-script.ts';

export interface RedisCountsOptions {
  readonly client: ScriptClient;
  /** What every key begins with. */
  readonly prefix: string;
  /** Whether keys with different hash tags are in different places, so that one script cannot reach both. */
  readonly isCluster: boolean;
  /** Whole milliseconds, for tests that own the clock. Default: Redis's own time. */
  readonly nowMs?: () => number;
}

/** What lies in one place. */
interface Place {
  readonly tag: string;
  readonly limits: LimitSpec[];
  readonly counts: CountSpec[];
}

/** Most that one call may ask for: more could hold Redis too long. Such a call is refused; Redis is not asked. */
const MOST_ASKED = 64;

/**
 * Counts in Redis: one place for any number of processes, and one round trip for all limits and counts of a call. In a Cluster
 * what tenants share is taken first, and given back when the tenant's refuse.
 *
 * Rejects when Redis cannot be asked or answers with an error; what was asked for may then be taken or not.
 */
export class RedisCounts implements CountStore {
  readonly #options: RedisCountsOptions;
  readonly #epochs: EpochKeys;

  constructor(options: RedisCountsOptions) {
    this.#options = options;
    this.#epochs = epochKeys(options.prefix, options.isCluster);
  }

  async reserve(asked: Asked): Promise<Reserving> {
    const { limits, counts } = asked;
    const [first] = counts;
    if (first !== undefined && limits.length + counts.length > MOST_ASKED) {
      return {
        kind: 'lost',
        name: first.name,
        cause: new RangeError(`${limits.length + counts.length} limits of a call`),
      };
    }
    await using taken = new AsyncDisposableStack();
    const remaining = new Map<LimitSpec, number>();
    const left = new Map<CountSpec, number>();
    for (const place of this.#placesOf(asked)) {
      const reserving = await this.#reserveAt(place, asked);
      if (reserving.kind !== 'taken') return reserving;
      taken.defer(() => this.#giveBack(place, asked.decisionId));
      for (const [index, limit] of place.limits.entries()) remaining.set(limit, reserving.remaining[index] ?? 0);
      for (const [index, count] of place.counts.entries()) left.set(count, reserving.left[index] ?? 0);
    }
    taken.move();
    return {
      kind: 'taken',
      remaining: limits.map((limit) => remaining.get(limit) ?? 0),
      left: counts.map((count) => left.get(count) ?? 0),
    };
  }

  async settle(decisionId: string, counts: readonly SettledCount[]): Promise<void> {
    for (const [tag, own] of this.#byTag(counts)) {
      const keys = [reservationKeyOf(this.#options.prefix, tag, decisionId), ...own.map((count) => this.#keyOf(count))];
      const more = own.map(({ kind, amount, actual }) => packDoubles(isBudget(kind), actual - amount));
      await this.#run(SETTLE_SCRIPT, keys, decisionId, ...more);
    }
  }

  async vacate(decisionId: string, counts: readonly CountScope[]): Promise<void> {
    for (const own of this.#byTag(counts.filter(isConcurrent)).values()) {
      const leases = own.map((count) => this.#keyOf(count));
      await this.#run(VACATE_SCRIPT, leases, decisionId);
    }
  }

  async renew(decisionId: string, counts: readonly CountScope[], heldMs: number): Promise<void> {
    for (const [tag, own] of this.#byTag(counts)) {
      const leases = own.filter(isConcurrent).map((count) => this.#keyOf(count));
      const keys = [reservationKeyOf(this.#options.prefix, tag, decisionId), ...leases];
      await this.#run(RENEW_SCRIPT, keys, decisionId, String(heldMs));
    }
  }

  async look(scope: BudgetScope): Promise<BudgetLine | undefined> {
    const answer = await this.#run(LOOK_SCRIPT, [this.#keyOf(scope)]);
    if (!isIntegers(answer)) throw new TypeError('Redis gave an answer that is no list of integers');
    const [spent, most, forMs] = answer;
    if (spent === undefined || most === undefined || forMs === undefined) return undefined;
    return { spent, most, forMs };
  }

  async grant(scope: BudgetScope, amount: number): Promise<boolean> {
    return (await this.#run(GRANT_SCRIPT, [this.#keyOf(scope)], String(amount))) === 1;
  }

  async reset(scope: BudgetScope): Promise<boolean> {
    return (await this.#run(RESET_SCRIPT, [this.#keyOf(scope)])) === 1;
  }

  async #reserveAt({ tag, limits, counts }: Place, { decisionId, heldMs }: Asked): Promise<Reserving> {
    const { prefix } = this.#options;
    const keys = [
      ...limits.map((limit) => bucketKeyOf(prefix, limit)),
      reservationKeyOf(prefix, tag, decisionId),
      this.#epochs.beside(tag),
      ...counts.map((count) => this.#keyOf(count)),
    ];
    const rest = [
      ...limits.map(({ tiers, cost }) => packTiers(tiers, cost)),
      decisionId,
      String(heldMs),
      ...counts.map(packCount),
      String(limits.length),
    ];
    const answer = await RESERVE_SCRIPT.run(this.#options.client, keys, ['take', this.#time(), ...rest]);
    return readReserving(answer, limits, counts);
  }

  async #giveBack({ limits, counts }: Place, decisionId: string): Promise<void> {
    await this.settle(
      decisionId,
      counts.map((count) => ({ ...count, actual: 0 })),
    );
    if (limits.length === 0) return;
    const keys = limits.map((limit) => bucketKeyOf(this.#options.prefix, limit));
    const shapes = limits.map(({ tiers, cost }) => packTiers(tiers, -cost));
    await TAKE_SCRIPT.run(this.#options.client, keys, ['force', this.#time(), ...shapes]);
  }

  async #run(script: Script, keys: readonly string[], ...rest: readonly (string | Buffer)[]): Promise<unknown> {
    return await script.run(this.#options.client, keys, [this.#time(), ...rest]);
  }

  /** What lies together, what tenants share first. Where all lies in one Redis it is asked once. */
  #placesOf({ limits, counts }: Asked): readonly Place[] {
    const places = new Map<string, Place>();
    const at = (scope: Pick<CountScope, 'tenant'>): Place => {
      const tag = this.#tagOf(scope);
      const place = places.get(tag) ?? { tag, limits: [], counts: [] };
      places.set(tag, place);
      return place;
    };
    for (const limit of limits) at(limit).limits.push(limit);
    for (const count of counts) at(count).counts.push(count);
    const shared = this.#tagOf({ tenant: undefined });
    return [...places.values()].toSorted((a, b) => Number(b.tag === shared) - Number(a.tag === shared));
  }

  #byTag<C extends CountScope>(counts: readonly C[]): ReadonlyMap<string, readonly C[]> {
    return Map.groupBy(counts, (count) => this.#tagOf(count));
  }

  /** Where the reservation lies. A Redis that is no Cluster keeps one for all of a call. */
  #tagOf(scope: Pick<CountScope, 'tenant'>): string {
    return this.#options.isCluster ? hashTagOf(scope) : 'calls';
  }

  #keyOf(scope: CountScope): string {
    return countKeyOf(this.#options.prefix, scope);
  }

  #time(): string {
    const { nowMs } = this.#options;
    return nowMs === undefined ? '' : String(nowMs());
  }
}

/** As the script reads it: little-endian doubles, which hold these integers exactly. */
function packCount({ kind, most, amount, lastsMs, of, sinceMs = -1 }: CountSpec): Buffer {
  return packDoubles(isBudget(kind), most, amount, lastsMs, of === 'token' ? 1 : 0, sinceMs);
}

function packDoubles(...numbers: readonly number[]): Buffer {
  const packed = Buffer.allocUnsafe(numbers.length * 8);
  for (const [index, number] of numbers.entries()) packed.writeDoubleLE(number, index * 8);
  return packed;
}

function isConcurrent({ kind }: CountScope): boolean {
  return kind === 'concurrent';
}

function isBudget(kind: CountScope['kind']): 0 | 1 {
  return kind === 'concurrent' ? 0 : 1;
}
