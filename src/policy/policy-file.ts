import { z } from 'zod';
import { PRIORITIES } from '../call/priority.ts';
import { EFFECTS } from '../catalogue/catalogue.ts';
import { fieldPointer } from '../catalogue/pins-file.ts';
import { fallbackSchema } from './fallback-file.ts';

/** What a rule does when it holds. `approve` and `redact` parse and are refused: this version cannot carry them out. */
const RULE_EFFECTS = ['allow', 'require', 'deny', 'limit', 'priority', 'approve', 'redact', 'fallback'] as const;

const name = z.string().min(1, 'Must not be empty').max(2048, 'Must have at most 2048 characters');

function oneOrMore<S extends z.ZodType>(one: S, error: string) {
  return z.union([one, z.array(one).min(1, 'Must name at least one').max(1000, 'Must name at most 1000')], {
    error,
  });
}

const names = oneOrMore(name, 'Must be a text or a list of texts');

const cel = z.string().min(1, 'Must not be empty').max(8192, 'Must have at most 8192 characters');

const later = z.unknown().optional().describe('Not available in this version.');

const matchSchema = z.strictObject({
  server: names.optional().describe('Server names of the catalogue. A trailing * stands for any rest.'),
  tool: names.optional().describe('Tool names. A trailing * stands for any rest.'),
  prompt: names.optional().describe('Prompt names. A trailing * stands for any rest.'),
  resource: names.optional().describe('Resource URIs. A trailing /* stands for everything below.'),
  method: names.optional().describe('MCP methods, such as resources/read. A trailing * stands for any rest.'),
  operation: later,
  principal: names
    .optional()
    .describe('SPIFFE IDs, subjects of tokens, or anonymous. A trailing /* stands for everything below.'),
  effects: oneOrMore(z.enum(EFFECTS), `Must be one of ${EFFECTS.join(', ')}, or a list of them`)
    .optional()
    .describe('Pinned effects of the tool; one of them is enough.'),
});

const textOf = z.string().max(4096).optional();

const principalSchema = z.strictObject({
  id: textOf.describe('Default: "test".'),
  kind: z.enum(['token', 'anonymous']).optional().describe('Default: token.'),
  issuer: textOf.describe('iss of the token.'),
  subject: textOf.describe('sub of the token.'),
  actor: textOf.describe('act.sub of the token.'),
  client_id: textOf.describe('client_id of the token.'),
  spiffe: textOf.describe('SPIFFE ID of the client certificate.'),
});

const callFields = {
  server: name.optional().describe('Default: the only server of the rule.'),
  tool: name.optional().describe('Default: the only tool of the rule.'),
  prompt: name.optional().describe('Default: the only prompt of the rule.'),
  resource: name.optional().describe('Default: the only resource of the rule.'),
  method: name.optional().describe('Default: the method that calls the target.'),
  args: z.record(z.string(), z.unknown()).optional().describe('Arguments. Default: none.'),
  principal: principalSchema.optional().describe('Who calls. A test that leaves it out means any caller.'),
  token: z.record(z.string(), z.unknown()).optional().describe('Claims of the access token.'),
  tls: z
    .strictObject({ certificate_sha256: textOf, spiffe: textOf })
    .optional()
    .describe('Client certificate of the connection.'),
  now: z.iso.datetime().optional().describe('Time of the call, UTC. A test that leaves it out means any time.'),
  txn: z.string().max(256).optional().describe('txn of the token.'),
};

/** A call written down: in a rule's tests, and in the file that `policy explain` reads. */
export const writtenCallSchema = z.strictObject(callFields);

const testSchema = z.strictObject({
  name: z.string().max(256).optional().describe('What the test shows.'),
  ...callFields,
  expect: z
    .enum(['allow', 'deny', 'fault'])
    .describe('The answer that all rules together must give because of this one.'),
});

const count = z.int('Must be a whole number').min(1, 'Must be at least 1').max(1_000_000, 'Must be at most 1000000');

const rateFields = {
  burst: count.optional().describe('Most tokens at once. Unit: tokens. Default: as many as come back in a period.'),
  per_second: count.optional().describe('Tokens given back each second.'),
  per_minute: count.optional().describe('Tokens given back each minute.'),
  per_hour: count.optional().describe('Tokens given back each hour.'),
  per_day: count.optional().describe('Tokens given back each day.'),
};

const rateSchema = z.strictObject(rateFields);

/** What a limit may count by; several together count each combination. */
const COUNTED_BY = ['tenant', 'principal', 'agent', 'tool', 'server', 'upstream', 'lineage'] as const;

const countedBy = z
  .array(z.enum(COUNTED_BY))
  .default([])
  .describe('What has buckets of its own. Default: all calls that match share them.');

const limitSchema = z.strictObject({
  ...rateFields,
  concurrent: count.optional().describe('Most calls that may be under way at once, beside or instead of a rate.'),
  rates: z
    .array(rateSchema)
    .min(1, 'Must have at least one rate')
    .max(4, 'Must have at most one rate for each period')
    .optional()
    .describe('Several rates that hold together, each with its burst, instead of one beside this field.'),
  cost: count.default(1).describe('Tokens a call takes, of every rate.'),
  by: countedBy,
  adaptive: z
    .boolean()
    .default(false)
    .describe(
      'Whether the rate follows the health of the server: halved when the server answers 429 or 503, most calls are slow or this process is late, and raised again step by step. The steps are in the `adaptive` section of the server.',
    ),
  when_store_lost: z
    .enum(['closed', 'local', 'open'])
    .optional()
    .describe(
      'While the shared store cannot be had: refuse, count this process alone by its share, or do not count. Default: closed for tools that can do more than read, else local.',
    ),
});

const amount = z.int('Must be a whole number').max(2 ** 40, 'Must be at most 1099511627776');

const unit = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9._/-]{0,31}$/, 'Must be 1 to 32 letters, digits, dots, dashes, underscores or slashes')
  .default('units');

const budgetSchema = z.strictObject({
  calls: amount.min(1, 'Must be at least 1').optional().describe('Calls that may be made.'),
  cost: amount
    .min(1, 'Must be at least 1')
    .optional()
    .describe('What calls may cost in all, as `price` of rules says.'),
  unit: unit.describe('What the cost is counted in: only prices in the same unit count.'),
  by: z
    .array(z.enum([...COUNTED_BY, 'token']))
    .default([])
    .describe('What has a budget of its own. Default: all calls that match share it.'),
  renews_after_s: z
    .int()
    .min(60, 'Must be at least 60')
    .max(31 * 86_400, 'Must be at most 2678400')
    .default(86_400)
    .describe('Seconds after its first call at which a budget begins anew.'),
});

const priceSchema = z.strictObject({
  cost: amount
    .min(0, 'Must be at least 0')
    .describe(
      'What a call costs; with `reply` or `meta` what is reserved for it, and counts when the reply says nothing.',
    ),
  unit: unit.describe('What it is counted in.'),
  reply: z
    .string()
    .max(256)
    .regex(/^(\/([^~/]|~[01])*)+$/, 'Must be a JSON Pointer, such as /usage/total_tokens')
    .optional()
    .describe('JSON Pointer into the structuredContent of the result to the number that the call really cost.'),
  meta: z.string().min(1).max(256).optional().describe('Member of the `_meta` of the result with that number.'),
});

const ruleSchema = z.strictObject({
  id: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/, 'Must be 1 to 128 letters, digits, dots, dashes or underscores')
    .describe('Name of the rule, unique over all files.'),
  match: matchSchema.describe('Which calls the rule is asked about.'),
  effect: z.enum(RULE_EFFECTS).describe('What the rule does when it holds.'),
  args: z.record(z.string(), z.unknown()).optional().describe('Constraints by argument name; all must hold.'),
  extra_args: z
    .enum(['deny', 'allow'])
    .optional()
    .describe('Whether arguments that `args` does not name may be there. Default: deny for allow, allow for require.'),
  let: z
    .record(z.string().regex(/^[a-z][a-z0-9_]{0,63}$/, 'Must be a lower-case name'), cel)
    .optional()
    .describe('CEL expressions by name; later ones and `when` read them by it.'),
  when: cel.optional().describe('CEL condition that must be true.'),
  message: z.string().min(1).max(500).optional().describe('Told to the agent when the rule refuses.'),
  mode: z.enum(['enforce', 'shadow']).default('enforce').describe('shadow: only recorded, never enforced.'),
  limit: limitSchema
    .optional()
    .describe('How often calls may be made, and how many at once, of an `effect: limit` rule.'),
  budget: budgetSchema.optional().describe('What calls may use up, of an `effect: limit` rule.'),
  price: priceSchema.optional().describe('What a call costs, of an `effect: limit` rule. Several that match add up.'),
  fallback: fallbackSchema.optional().describe('What an `effect: fallback` rule puts in the place of an answer.'),
  priority: z
    .enum(PRIORITIES)
    .optional()
    .describe(
      'The class that an `effect: priority` rule gives: under overload speculative calls are shed first, then batch, then interactive. Of several rules that hold the highest class counts; without any it is interactive.',
    ),
  tests: z.array(testSchema).max(1000).optional().describe('Calls and the answers they must get.'),
  approve: later,
  redact: later,
  reply: later,
});

/** What may stand in a set. */
const setItem = z.union([z.string().max(4096), z.number(), z.boolean()], {
  error: 'Must be a text, number or boolean',
});

/** Most items of a set: membership is a walk through it. */
const MAX_SET_ITEMS = 1000;

/** The items of a set, inline or in a file of their own. */
export const setItemsSchema = z.array(setItem).max(MAX_SET_ITEMS, `Must have at most ${MAX_SET_ITEMS} items`);

const setSchema = z.union(
  [
    setItemsSchema,
    z.strictObject({ file: z.string().min(1).describe('YAML or JSON list, relative to this file.') }),
    z.strictObject({ https: z.unknown() }),
  ],
  { error: 'Must be a list, or { file: PATH }' },
);

const classSchema = z.strictObject({
  match: z
    .strictObject({
      server: names.optional().describe('Server names of the catalogue. A trailing * stands for any rest.'),
      tool: names.optional().describe('Tool names. A trailing * stands for any rest.'),
      prompt: names.optional().describe('Prompt names. A trailing * stands for any rest.'),
    })
    .refine(({ tool, prompt }) => (tool === undefined) !== (prompt === undefined), 'Must have one of tool and prompt')
    .describe('Whose arguments.'),
  fields: z
    .record(fieldPointer, z.enum(['secret', 'pii'], 'Must be secret or pii: rules make classes only stricter'))
    .describe('Class by JSON Pointer into the arguments, in which * is every member or item.'),
});

/** A policy file: `kind: Policy`. */
export const policyFileSchema = z.strictObject({
  apiVersion: z.literal('sallyport/v1').describe('Version of this format.'),
  kind: z.literal('Policy').describe('Kind of this file.'),
  metadata: z.strictObject({
    name: z.string().min(1).max(128).describe('Name of the file in messages.'),
    description: z.string().max(2000).optional().describe('What the rules are for.'),
  }),
  sets: z
    .record(z.string().regex(/^[a-z][a-z0-9_]{0,63}$/, 'Must be a lower-case name'), setSchema)
    .optional()
    .describe('Named lists that conditions of this file read as sets.NAME.'),
  classes: z
    .array(classSchema)
    .max(1000)
    .optional()
    .describe('Arguments that are kept out of records, logs and refusals, besides what the pins say.'),
  rules: z.array(ruleSchema).max(10_000).describe('The rules. Their order has no meaning.'),
});

export type PolicyFile = z.output<typeof policyFileSchema>;
export type WrittenRule = PolicyFile['rules'][number];
export type WrittenClass = NonNullable<PolicyFile['classes']>[number];
export type WrittenMatch = WrittenRule['match'];
export type WrittenTest = NonNullable<WrittenRule['tests']>[number];
export type WrittenCall = z.output<typeof writtenCallSchema>;
export type WrittenLimit = NonNullable<WrittenRule['limit']>;
export type WrittenBudget = NonNullable<WrittenRule['budget']>;
export type WrittenPrice = NonNullable<WrittenRule['price']>;
/** One rate, in a list or beside the other fields of its limit. */
export type WrittenRate = z.output<typeof rateSchema>;
