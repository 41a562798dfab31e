import type { TokenUsage } from '../../decision/token-usage.ts';

/** Whose form the replies of a route have: those of the OpenAI API and what follows it, or of the Anthropic API. */
export type UsageFormat = 'openai' | 'anthropic';

/** What tokens cost, by kind: parts of the budget's unit for a million of them. */
export type TokenPrices = Readonly<Record<keyof TokenUsage, number>>;

/** What a route says of what its replies cost. */
export interface UsageTerms {
  readonly format: UsageFormat;
  readonly prices: TokenPrices;
  readonly budget: UsageBudget;
}

/** What it is counted in. Routes that name the same one share it. */
export interface UsageBudget {
  readonly name: string;
  readonly unit: string;
  readonly most: number;
  readonly by: 'principal' | 'tenant' | 'everyone';
  readonly lastsMs: number;
  /** What a request is taken to cost until its reply says more, and when it says nothing. */
  readonly estimate: number;
}

/** More than is believed. The same bound is in `outcome/read-costs.ts`. */
export const MOST_COST = 2 ** 40;

const MILLION = 1_000_000n;

/** What that many tokens cost, rounded up. */
export function costOf(usage: TokenUsage, prices: TokenPrices): number {
  let parts = 0n;
  for (const kind of ['input', 'output', 'cacheRead', 'cacheWrite'] as const) {
    parts += BigInt(usage[kind]) * BigInt(prices[kind]);
  }
  const cost = (parts + MILLION - 1n) / MILLION;
  return cost > BigInt(MOST_COST) ? MOST_COST : Number(cost);
}
