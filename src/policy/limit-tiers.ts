import type { SourcePath } from '../source/yaml-source.ts';
import type { LimitTier } from './limit-spec.ts';
import type { WrittenLimit, WrittenRate } from './policy-file.ts';

/** Periods by the field that names them, in milliseconds, rising. */
const PERIODS = { per_second: 1000, per_minute: 60_000, per_hour: 3_600_000, per_day: 86_400_000 } as const;

type PeriodField = keyof typeof PERIODS;

const FIELDS: readonly PeriodField[] = ['per_second', 'per_minute', 'per_hour', 'per_day'];

/** What is wrong with a limit beyond its shape. */
export interface LimitFault {
  /** Where in `limit`. */
  readonly at: SourcePath;
  readonly message: string;
  readonly suggestion: string;
}

/** The tiers of a written limit, or what is wrong with them; none when it only says how many calls may be under way at once. */
export function limitTiersOf(
  written: WrittenRate & Pick<WrittenLimit, 'rates' | 'cost' | 'concurrent'>,
): readonly LimitTier[] | LimitFault {
  const { rates, cost } = written;
  const alone = FIELDS.some((field) => written[field] !== undefined) || written.burst !== undefined;
  if (rates === undefined && !alone && written.concurrent !== undefined) return [];
  if (rates !== undefined && alone) {
    const suggestion = 'Move the rate into rates.';
    return { at: ['rates'], message: 'a limit has either one rate or a list of rates.', suggestion };
  }
  const tiers: LimitTier[] = [];
  for (const [index, rate] of (rates ?? [written]).entries()) {
    const tier = tierOf(rate, rates === undefined ? [] : ['rates', index], cost);
    if ('message' in tier) return tier;
    if (tiers.some(({ periodMs }) => periodMs === tier.periodMs)) {
      const message = 'two rates of a limit have the same period.';
      return { at: ['rates', index], message, suggestion: 'Give each rate its own period, or write another rule.' };
    }
    tiers.push(tier);
  }
  return tiers.toSorted((a, b) => a.periodMs - b.periodMs);
}

/** Names the periods of tiers: what is stored goes by position, so other periods are other buckets. */
export function periodsOf(tiers: readonly LimitTier[]): string {
  return tiers.map(({ periodMs }) => FIELDS.find((field) => PERIODS[field] === periodMs)?.at(4) ?? '?').join('');
}

function tierOf(written: WrittenRate, at: SourcePath, cost: number): LimitTier | LimitFault {
  const [field, another] = FIELDS.filter((name) => written[name] !== undefined);
  const refill = field === undefined ? undefined : written[field];
  if (field === undefined || refill === undefined || another !== undefined) {
    const suggestion =
      'Write exactly one of per_second, per_minute, per_hour and per_day; several rates go into rates.';
    const wrong = another ?? (written.burst === undefined ? undefined : 'burst');
    return { at: wrong === undefined ? at : [...at, wrong], message: 'a rate has one period.', suggestion };
  }
  const burst = written.burst ?? refill;
  if (cost > burst) {
    const suggestion = `Write a cost of at most ${burst}, or raise burst.`;
    return { at: ['cost'], message: 'a call that costs more than burst could never pass.', suggestion };
  }
  return { burst, refill, periodMs: PERIODS[field] };
}
