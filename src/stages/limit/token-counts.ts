import type { Call } from '../../call/call.ts';
import { type Capability, toolGrantFor } from '../../capability/capability.ts';
import type { Allowance, ToolLimits } from '../../capability/token-budget.ts';
import type { CountSpec } from '../../policy/count-spec.ts';
import { shortKey } from '../../policy/limit-template.ts';
import type { AuthenticatedIdentity } from '../facts.ts';
import type { LimitSpec } from './limit-store.ts';

/** What the token of a caller lets be used, from the tool that is called up to the transaction. */
export interface TokenCounts {
  readonly limits: readonly LimitSpec[];
  readonly counts: readonly CountSpec[];
}

/** Allowance for clocks: what a token used up is known a little longer than the token is accepted. */
const LEEWAY_MS = 10_000;
/** How long after its last call a transaction is remembered: its next token may be issued as late. */
const TRANSACTION_MS = 86_400_000;

/** What the token says of this call; `undefined` when it says nothing. */
export function tokenCountsOf(call: Call, identity: AuthenticatedIdentity): TokenCounts | undefined {
  const { capability } = identity;
  if (capability === undefined || !isCounted(call)) return undefined;
  const limits = call.target.kind === 'tool' ? toolGrantFor(capability, call.target.name)?.limits : undefined;
  if (limits === undefined && capability.budgets === undefined) return undefined;
  return countsOf(call, identity, capability, limits);
}

/** What uses something up. Housekeeping does not. */
function isCounted({ kind, treatment }: Call): boolean {
  if (kind !== 'request') return false;
  return treatment === 'tool' || treatment === 'prompt' || treatment === 'resource' || treatment === 'completion';
}

function countsOf(
  { target, receivedAtMs }: Call,
  identity: AuthenticatedIdentity,
  { tools, budgets = [] }: Capability,
  limits: ToolLimits | undefined,
): TokenCounts {
  const { issuer = '', tokenId = '', transaction = '', tenant, expiresAtMs = receivedAtMs } = identity;
  const place = { tenant: tenant ?? issuer, sinceMs: issuedAtMs(identity) };
  const lastsMs = Math.max(0, expiresAtMs - receivedAtMs) + LEEWAY_MS;
  const granted = target.kind === 'tool' && tools.has(target.name) ? target.name : '*';
  const ofTool = ['token', issuer, tokenId, granted];
  return {
    limits: limits?.rate === undefined ? [] : [rateOf(limits.rate, ofTool, place.tenant)],
    counts: [
      ...(limits === undefined ? [] : allowed(limits, 'token', { ...place, key: textOf(ofTool), lastsMs })),
      ...budgets.flatMap(({ per, ...allowance }) => {
        const isTxn = per === 'txn';
        const key = textOf([per, issuer, isTxn ? transaction : tokenId]);
        return allowed(allowance, per, { ...place, key, lastsMs: isTxn ? lastsMs + TRANSACTION_MS : lastsMs });
      }),
    ].reduce(leastOfEach, []),
  };
}

function allowed(
  { calls, cost, concurrent }: Allowance,
  name: string,
  place: Pick<CountSpec, 'key' | 'tenant' | 'sinceMs' | 'lastsMs'>,
): readonly CountSpec[] {
  const common = { ...place, name, of: 'token', whenStoreLost: 'closed' } as const;
  return [
    ...(calls === undefined ? [] : [{ ...common, kind: 'calls' as const, most: calls, amount: 1 }]),
    ...(cost === undefined ? [] : [costOf(common, cost)]),
    ...(concurrent === undefined ? [] : [{ ...common, kind: 'concurrent' as const, most: concurrent, amount: 1 }]),
  ];
}

function costOf(
  common: Omit<CountSpec, 'kind' | 'most' | 'amount' | 'unit'>,
  { amount, unit }: NonNullable<Allowance['cost']>,
): CountSpec {
  return { ...common, key: textOf([common.key, unit]), kind: 'cost', most: amount, amount: 0, unit };
}

/** Two entries of a token may say the same thing with different numbers. */
function leastOfEach(known: readonly CountSpec[], next: CountSpec): readonly CountSpec[] {
  const other = known.find(({ kind, key }) => kind === next.kind && key === next.key);
  if (other === undefined) return [...known, next];
  return other.most <= next.most ? known : known.map((one) => (one === other ? next : one));
}

function rateOf(
  { tokens, perS, burst }: NonNullable<ToolLimits['rate']>,
  ofTool: readonly string[],
  tenant: string,
): LimitSpec {
  const tiers = [{ burst, refill: tokens, periodMs: perS * 1000 }];
  return {
    name: 'token',
    key: textOf([...ofTool, 'rate', `${perS}`]),
    tenant,
    tiers,
    cost: 1,
    whenStoreLost: 'closed',
  };
}

function issuedAtMs({ claims }: AuthenticatedIdentity): number | undefined {
  const issuedAtS = claims?.get('iat');
  return typeof issuedAtS === 'number' ? issuedAtS * 1000 : undefined;
}

/** JSON keeps the parts apart whatever they hold. */
function textOf(parts: readonly string[]): string {
  return shortKey(JSON.stringify(parts));
}
