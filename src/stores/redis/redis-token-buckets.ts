import type { LimitSpec, LimitStore, Taking } from '../../stages/limit/limit-store.ts';
import { bucketKeyOf, hashTagOf } from './bucket-key.ts';
import { packTiers } from './pack-tiers.ts';
import { readAnswer } from './read-answer.ts';
import type { ScriptClient } from './script.ts';
import { TAKE_SCRIPT, type TakeMode } from './take-script.ts';

export interface RedisTokenBucketsOptions {
  readonly client: ScriptClient;
  /** What every key begins with. */
  readonly prefix: string;
  /** Whether keys with different hash tags are in different places, so that one script cannot reach both. */
  readonly isCluster: boolean;
  /** Whole milliseconds, for tests that own the clock. Default: Redis's own time. */
  readonly nowMs?: () => number;
}

/** Most limits of one call: more could hold Redis too long. Such a call is refused; Redis is not asked, and not lost. */
const MAX_LIMITS = 64;

/**
 * Token buckets in Redis: one place for any number of processes.
 *
 * One round trip for a call, also when it asks for several limits. In a Cluster a call that asks for limits of its tenant and for
 * limits that tenants share needs two: the shared ones are taken first and given back when the tenant's refuse.
 *
 * Rejects when Redis cannot be asked or answers with an error; what was asked for may then be taken or not.
 */
export class RedisTokenBuckets implements LimitStore {
  readonly #options: RedisTokenBucketsOptions;

  constructor(options: RedisTokenBucketsOptions) {
    this.#options = options;
  }

  async take(limits: readonly LimitSpec[]): Promise<Taking> {
    return await this.#run('take', limits);
  }

  async peek(limits: readonly LimitSpec[]): Promise<Taking> {
    return await this.#run('peek', limits);
  }

  async force(limits: readonly LimitSpec[]): Promise<Taking> {
    return await this.#run('force', limits);
  }

  async refund(limits: readonly LimitSpec[]): Promise<void> {
    await this.#run('force', limits, -1);
  }

  async #run(mode: TakeMode, limits: readonly LimitSpec[], sign: 1 | -1 = 1): Promise<Taking> {
    const [first] = limits;
    if (first === undefined) return { kind: 'taken', remaining: [] };
    if (limits.length > MAX_LIMITS) {
      return { kind: 'lost', limit: first, cause: new RangeError(`${limits.length} limits match one call`) };
    }
    const places = this.#options.isCluster ? byPlace(limits) : [limits];
    if (places.length === 1) return await this.#ask(mode, limits, sign);
    return await this.#inTurn(mode, places, limits, sign);
  }

  /** One place after the other; what was taken is given back as soon as one refuses or cannot be asked. */
  async #inTurn(
    mode: TakeMode,
    places: readonly (readonly LimitSpec[])[],
    limits: readonly LimitSpec[],
    sign: 1 | -1,
  ): Promise<Taking> {
    await using taken = new AsyncDisposableStack();
    const remaining = new Map<LimitSpec, number>();
    for (const place of places) {
      const taking = await this.#ask(mode, place, sign);
      if (taking.kind !== 'taken') return taking;
      if (mode === 'take') taken.defer(async () => void (await this.#ask('force', place, -1)));
      for (const [index, limit] of place.entries()) remaining.set(limit, taking.remaining[index] ?? 0);
    }
    taken.move();
    return { kind: 'taken', remaining: limits.map((limit) => remaining.get(limit) ?? 0) };
  }

  async #ask(mode: TakeMode, limits: readonly LimitSpec[], sign: 1 | -1): Promise<Taking> {
    const { client, prefix, nowMs } = this.#options;
    const keys = limits.map((limit) => bucketKeyOf(prefix, limit));
    const shapes = limits.map(({ tiers, cost }) => packTiers(tiers, sign * cost));
    const rest = [mode, nowMs === undefined ? '' : String(nowMs()), ...shapes];
    return readAnswer(await TAKE_SCRIPT.run(client, keys, rest), limits);
  }
}

/** The limits by where they lie, those that tenants share first. */
function byPlace(limits: readonly LimitSpec[]): readonly (readonly LimitSpec[])[] {
  const shared = limits.filter(({ tenant }) => tenant === undefined);
  const own = Map.groupBy(
    limits.filter(({ tenant }) => tenant !== undefined),
    hashTagOf,
  );
  return [...(shared.length === 0 ? [] : [shared]), ...own.values()];
}
