import { z } from 'zod';

/** The same bound as of budgets in rules. */
const MOST = 2 ** 40;
const amount = z.int('Must be a whole number').max(MOST, 'Must be at most 1099511627776');
const price = amount.min(0, 'Must be at least 0');

/** What a route says of what its replies cost: nothing, or whose form they have and from which budget it is taken. */
export const usageFields = {
  usage: z
    .enum(['openai', 'anthropic'])
    .optional()
    .describe(
      'Whose API it is: its replies, JSON or event streams, say how many tokens were used. Needs `budget`. Default: nothing is counted.',
    ),
  budget: z
    .strictObject({
      name: z
        .string()
        .regex(/^[a-z][a-z0-9_-]{0,62}$/, 'Must be a lower-case name of at most 63 characters')
        .describe('Name of the budget. Routes that say the same one share it.'),
      cost: amount.min(1, 'Must be at least 1').describe('What may be used up in all.'),
      unit: z.string().min(1).max(64).default('units').describe('What it is counted in.'),
      by: z
        .enum(['principal', 'tenant', 'everyone'])
        .default('principal')
        .describe('What has a budget of its own: each caller, each tenant, or all together.'),
      renews_after_s: z
        .int()
        .min(60, 'Must be at least 60')
        .max(31 * 86_400, 'Must be at most 2678400')
        .default(86_400)
        .describe('Seconds after its first request at which the budget begins anew.'),
      reserve: amount
        .min(1, 'Must be at least 1')
        .describe('What a request is taken to cost until its reply says more, and when it says nothing.'),
      price: z
        .strictObject({
          input: price.describe('Tokens that were sent, and came from no cache.'),
          output: price.describe('Tokens that were generated.'),
          cache_read: price.optional().describe('Tokens that came from a cache. Default: as `input`.'),
          cache_write: price.optional().describe('Tokens that were put into a cache. Default: as `input`.'),
        })
        .describe('What a million tokens cost, by kind. Unit: the unit of the budget.'),
    })
    .optional()
    .describe('What the tokens cost, and how much of it may be used up. Needs `usage`.'),
};
