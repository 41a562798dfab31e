import type { JsonValue } from '../kit/json.ts';
import type { LimitSpec, LimitTier } from './limit-spec.ts';
import { limitSpecOf, type LimitSurroundings, type LimitTemplate } from './limit-template.ts';
import type { PolicyInput } from './policy-set.ts';
import type { Rule } from './rule.ts';

/** Parts of a call by which limits count. */
export interface LimitParts {
  readonly issuer?: string | undefined;
  readonly tenant?: string | undefined;
  readonly principal?: string | undefined;
  readonly agent?: string | undefined;
  readonly server?: string | undefined;
  readonly tool?: string | undefined;
  readonly txn?: string | undefined;
  readonly jti?: string | undefined;
}

/** A limit of the rules, for whoever looks after them. */
export interface LimitView {
  readonly rule: string;
  readonly tiers: readonly LimitTier[];
  readonly cost: number;
  readonly by: LimitTemplate['by'];
  /** The limit for calls with these parts, or the parts that it counts by and that are missing. */
  specFor(parts: LimitParts): LimitSpec | readonly (keyof LimitParts)[];
}

/** What a rule with a limit says. */
export function limitViewOf(rule: Rule, template: LimitTemplate, surroundings: LimitSurroundings): LimitView {
  const { tiers, cost, by } = template;
  return {
    rule: rule.id,
    tiers,
    cost,
    by,
    specFor(given) {
      const parts = isAnonymous(given) ? { tenant: '', ...given } : given;
      const missing = by.flatMap((part) => missingOf(part, parts));
      return missing.length > 0 ? [...new Set(missing)] : limitSpecOf(rule, template, inputOf(parts), surroundings);
    },
  };
}

/** A caller without a token, who is of no tenant. */
function isAnonymous({ principal }: LimitParts): boolean {
  return principal !== undefined && !principal.startsWith('[');
}

/** What is not there of what a limit counts by. A tenant is also the issuer that names none. */
function missingOf(part: LimitTemplate['by'][number], parts: LimitParts): readonly (keyof LimitParts)[] {
  const lack = (...names: (keyof LimitParts)[]): readonly (keyof LimitParts)[] =>
    names.some((name) => parts[name] !== undefined) ? [] : names.slice(0, 1);
  switch (part) {
    case 'tenant':
      return lack('tenant', 'issuer');
    case 'principal':
      return [...lack('tenant', 'issuer'), ...lack('principal')];
    case 'agent':
      return [...lack('tenant', 'issuer'), ...lack('agent')];
    case 'lineage':
      return [...lack('issuer'), ...lack('txn', 'jti')];
    case 'token':
      return [...lack('issuer'), ...lack('jti')];
    case 'tool':
      return [...lack('server'), ...lack('tool')];
    case 'server':
    case 'upstream':
      return lack('server');
  }
}

/** A call with these parts and nothing else. */
function inputOf({ issuer, tenant, principal, agent, server = '', tool, txn, jti }: LimitParts): PolicyInput {
  const texts = (fields: Readonly<Record<string, string | undefined>>): ReadonlyMap<string, JsonValue> =>
    new Map(Object.entries(fields).flatMap(([name, text]) => (text === undefined ? [] : [[name, text]])));
  return {
    server,
    method: 'tools/call',
    target: tool === undefined ? { kind: 'none' } : { kind: 'tool', name: tool },
    effects: [],
    args: new Map(),
    params: new Map(),
    token: texts({ jti }),
    principal: texts({ id: principal, issuer, actor: agent }),
    tls: new Map(),
    tenant,
    txn,
    nowMs: 0,
    annotations: new Map(),
    housekeeping: false,
  };
}
