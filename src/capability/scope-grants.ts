import type { JsonValue } from '../kit/json.ts';
import { type Capability, NOTHING, type NameGrant, type ToolGrant } from './capability.ts';
import { GrantError } from './grant-error.ts';
import { unionCapabilities } from './union-capabilities.ts';

/** What one OAuth scope of an issuer stands for: the coarse way to a grant, for issuers that do not know ours. */
export interface ScopeGrant {
  /** The only resource it counts for; `undefined` = whichever the token is for. */
  readonly resource: string | undefined;
  /** Exact tool names, or `*`. Any arguments: policy has to say more. */
  readonly tools: readonly string[];
  readonly prompts: readonly string[];
  /** Exact URIs, or `*`. */
  readonly resources: readonly string[];
}

/**
 * What the scopes of a token grant on `resource`. A scope without an entry grants nothing.
 *
 * @param scope The `scope` claim: names separated by spaces (RFC 8693 §4.2).
 * @throws GrantError when it is not a string.
 */
export function scopeCapability(
  scope: JsonValue | undefined,
  resource: string,
  grants: ReadonlyMap<string, ScopeGrant>,
): Capability {
  if (scope === undefined) return NOTHING;
  if (typeof scope !== 'string') throw new GrantError('/scope', 'must be a string of names separated by spaces');
  const granted = scope
    .split(' ')
    .map((name) => grants.get(name))
    .filter((grant) => grant !== undefined)
    .filter((grant) => grant.resource === undefined || grant.resource === resource);
  return granted.map(capabilityOf).reduce(unionCapabilities, NOTHING);
}

/** The scopes that would grant what `covers` asks about, sorted: what a challenge can name. */
export function scopesGranting(
  grants: ReadonlyMap<string, ScopeGrant>,
  resource: string,
  covers: (capability: Capability) => boolean,
): readonly string[] {
  return [...grants.keys()].filter((name) => covers(scopeCapability(name, resource, grants))).toSorted();
}

function capabilityOf({ tools, prompts, resources }: ScopeGrant): Capability {
  const anyArguments: ToolGrant = { arguments: undefined };
  return {
    tools: new Map(tools.map((name) => [name, anyArguments])),
    prompts: nameGrantOf(prompts),
    resources: nameGrantOf(resources),
  };
}

/** `*` grants every name. */
export function nameGrantOf(names: readonly string[]): NameGrant {
  return { all: names.includes('*'), names: new Set(names.filter((name) => name !== '*')) };
}
