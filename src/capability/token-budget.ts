import type { JsonObject, JsonValue } from '../kit/json.ts';
import { GrantError, pointerTo } from './grant-error.ts';
import { readMembers } from './read-members.ts';

/** How much may be used, as a token says. At least one of the three. */
export interface Allowance {
  /** Calls that may be made, ≥ 1. */
  readonly calls?: number;
  readonly cost?: TokenCost;
  /** Calls that may be under way at once, ≥ 1. */
  readonly concurrent?: number;
}

/** What calls may cost: `amount` in the smallest parts of `unit` that are counted. */
export interface TokenCost {
  readonly amount: number;
  /** As rules name it: `USD/6` where the token says USD with 6 decimals. */
  readonly unit: string;
}

/** How much of one tool may be used with a token. */
export interface ToolLimits extends Allowance {
  readonly rate?: { readonly tokens: number; readonly perS: number; readonly burst: number };
}

/** How much may be used with a token in all, or by all tokens of its transaction. */
export interface TokenBudget extends Allowance {
  readonly per: 'token' | 'txn';
}

const ALLOWANCE = ['calls', 'cost', 'concurrent'];
const PER = { budget: 'token', txn_budget: 'txn' } as const;
/** Below this all arithmetic on amounts is exact. */
const MOST = 2 ** 40;
const MOST_RATE = 1_000_000;
const DAY_S = 86_400;
const MOST_DECIMALS = 12;

/**
 * The `limits` of a tool's grant.
 *
 * @throws GrantError for whatever is not a whole number in its range: a limit that is read as another one is none.
 */
export function readToolLimits(value: JsonValue | undefined, pointer: string): ToolLimits {
  const limits = readMembers(value, [...ALLOWANCE, 'rate'], pointer);
  const rate = limits.has('rate') ? readRate(limits.get('rate'), pointerTo(pointer, 'rate')) : undefined;
  if (rate === undefined) return readAllowance(limits, pointer);
  return { ...(limits.size > 1 ? readAllowance(limits, pointer) : {}), rate };
}

/**
 * The `budget` and `txn_budget` of an authorization detail.
 *
 * @throws GrantError as `readToolLimits()`.
 */
export function readBudgets(detail: JsonObject, pointer: string): readonly TokenBudget[] {
  return Object.entries(PER).flatMap(([member, per]) => {
    if (!detail.has(member)) return [];
    const at = pointerTo(pointer, member);
    return [{ ...readAllowance(readMembers(detail.get(member), ALLOWANCE, at), at), per }];
  });
}

function readAllowance(limits: JsonObject, pointer: string): Allowance {
  if (!ALLOWANCE.some((name) => limits.has(name))) throw new GrantError(pointer, 'must say how much there is');
  return {
    ...(limits.has('calls') ? { calls: count(limits, 'calls', MOST, pointer) } : {}),
    ...(limits.has('cost') ? { cost: readCost(limits.get('cost'), pointerTo(pointer, 'cost')) } : {}),
    ...(limits.has('concurrent') ? { concurrent: count(limits, 'concurrent', MOST_RATE, pointer) } : {}),
  };
}

function readCost(value: JsonValue | undefined, pointer: string): TokenCost {
  const cost = readMembers(value, ['amount', 'unit', 'decimals'], pointer);
  const unit = cost.get('unit');
  if (typeof unit !== 'string' || !/^[A-Za-z][A-Za-z0-9._-]{0,23}$/.test(unit)) {
    throw new GrantError(pointerTo(pointer, 'unit'), 'must be 1 to 24 letters, digits, dots, dashes or underscores');
  }
  const decimals = cost.has('decimals') ? count(cost, 'decimals', MOST_DECIMALS, pointer, 0) : 0;
  return { amount: count(cost, 'amount', MOST, pointer), unit: decimals === 0 ? unit : `${unit}/${decimals}` };
}

function readRate(value: JsonValue | undefined, pointer: string): NonNullable<ToolLimits['rate']> {
  const rate = readMembers(value, ['tokens', 'per_s', 'burst'], pointer);
  const tokens = count(rate, 'tokens', MOST_RATE, pointer);
  const burst = rate.has('burst') ? count(rate, 'burst', MOST_RATE, pointer) : tokens;
  return { tokens, perS: count(rate, 'per_s', DAY_S, pointer), burst };
}

function count(object: JsonObject, member: string, most: number, pointer: string, least = 1): number {
  const value = object.get(member);
  if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) return value;
  throw new GrantError(pointerTo(pointer, member), `must be a whole number from ${least} to ${most}`);
}
