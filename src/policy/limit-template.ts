import { sha256Hex } from '../kit/digest.ts';
import type { JsonObject } from '../kit/json.ts';
import type { LimitSpec, LimitTier, WhenStoreLost } from './limit-spec.ts';
import { type LimitFault, limitTiersOf, periodsOf } from './limit-tiers.ts';
import type { WrittenBudget, WrittenLimit } from './policy-file.ts';
import type { PolicyInput } from './policy-set.ts';
import type { Rule } from './rule.ts';

/** What has a place of its own where something is counted. */
export type CountedBy = WrittenBudget['by'][number];

/** A limit as its rule states it, before it is known who calls. */
export interface LimitTemplate {
  readonly tiers: readonly LimitTier[];
  readonly cost: number;
  /** Sorted, without repeats. */
  readonly by: readonly CountedBy[];
  /** What the rule says; by the effects of the tool when it says nothing. */
  readonly whenStoreLost: WhenStoreLost | undefined;
  /** Whether the rate follows the health of the server that is called. */
  readonly adaptive: boolean;
}

/** The template of a written limit, or what is wrong with it. */
export function limitTemplateOf(written: WrittenLimit): LimitTemplate | LimitFault {
  const tiers = limitTiersOf(written);
  if ('message' in tiers) return tiers;
  const { cost, by, when_store_lost: whenStoreLost, adaptive } = written;
  return { tiers, cost, by: [...new Set(by)].toSorted(), whenStoreLost, adaptive };
}

/** What a call does not say itself. */
export interface LimitSurroundings {
  /** Host and port that the server of that name forwards to. */
  upstreamOf(server: string): string;
}

/** The limit of a rule for one call. Calls with equal parts share their buckets; no two different ones do. */
export function limitSpecOf(
  { id, message }: Rule,
  template: LimitTemplate,
  input: PolicyInput,
  surroundings: LimitSurroundings,
): LimitSpec {
  const { by, tiers, cost, adaptive } = template;
  const place = placeOf([id, periodsOf(tiers)], by, input, surroundings);
  const plain = { name: id, ...place, tiers, cost, whenStoreLost: whenStoreLostOf(template, input) };
  const spec = adaptive ? { ...plain, adaptsTo: input.server } : plain;
  return message === undefined ? spec : { ...spec, message };
}

/** Where something is counted that is named by `names` and by parts of the call. No two different ones are in one place. */
export function placeOf(
  names: readonly string[],
  by: readonly CountedBy[],
  input: PolicyInput,
  surroundings: LimitSurroundings,
): { readonly key: string; readonly tenant: string | undefined } {
  const tenant = by.some((part) => OF_A_TENANT.has(part)) ? tenantOf(input) : undefined;
  const parts = by.filter((part) => part !== 'tenant').map((part) => [part, partOf(part, input, surroundings)]);
  // JSON keeps the parts apart whatever they hold.
  const key = JSON.stringify([...names, ...(tenant === undefined ? [] : [['tenant', tenant]]), ...parts]);
  return { key: shortKey(key), tenant };
}

/** What a limit says, or what goes without saying. */
export function whenStoreLostOf(
  { whenStoreLost }: Pick<LimitTemplate, 'whenStoreLost'>,
  input: PolicyInput,
): WhenStoreLost {
  return whenStoreLost ?? (mayHaveEffects(input) ? 'closed' : 'local');
}

/** Longest key that is kept as it is, in UTF-16 code units: a store holds very many. */
const MAX_KEY_LENGTH = 256;

/** The same key, not longer than what is kept. */
export function shortKey(key: string): string {
  return key.length <= MAX_KEY_LENGTH ? key : `sha256:${sha256Hex(key)}`;
}

/** Callers are those of their tenant: two of the same name in two tenants share nothing. */
const OF_A_TENANT: ReadonlySet<CountedBy> = new Set(['tenant', 'principal', 'agent', 'lineage', 'token']);

function partOf(part: CountedBy, input: PolicyInput, { upstreamOf }: LimitSurroundings): string {
  const { server, target, principal } = input;
  switch (part) {
    case 'tenant':
      return tenantOf(input);
    case 'server':
      return server;
    case 'upstream':
      return upstreamOf(server);
    case 'tool':
      return `${server}/${target.kind === 'tool' ? target.name : ''}`;
    case 'principal':
      return textOf(principal, 'id') ?? '';
    case 'agent':
      return textOf(principal, 'actor') ?? textOf(principal, 'spiffe') ?? textOf(principal, 'client_id') ?? '';
    case 'lineage':
      return lineageOf(input);
    case 'token':
      return lineageOf({ ...input, txn: undefined });
  }
}

/** Callers of an issuer that says nothing of tenants are one tenant, and so are callers without a token. */
function tenantOf({ tenant, principal }: PolicyInput): string {
  return tenant ?? textOf(principal, 'issuer') ?? '';
}

/** Tokens that were exchanged for one another keep their `txn`; one without is a lineage of its own. */
function lineageOf({ txn, token, principal }: PolicyInput): string {
  const [kind, id] = txn === undefined ? ['jti', token?.get('jti')] : ['txn', txn];
  return JSON.stringify([textOf(principal, 'issuer') ?? '', kind, typeof id === 'string' ? id : '']);
}

/** Whether the call can do more than read, as far as it is pinned. */
function mayHaveEffects({ target, effects }: PolicyInput): boolean {
  return target.kind === 'tool' && !(effects.length > 0 && effects.every((effect) => effect === 'read'));
}

function textOf(principal: JsonObject, field: string): string | undefined {
  const value = principal.get(field);
  return typeof value === 'string' ? value : undefined;
}
