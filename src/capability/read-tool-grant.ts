import { type ArgumentConstraints, compileArguments } from '../constraint/arguments.ts';
import { ConstraintError } from '../constraint/constraint-error.ts';
import { EMPTY_OBJECT, isJsonObject, type JsonObject, type JsonValue } from '../kit/json.ts';
import type { ToolGrant } from './capability.ts';
import { GrantError, pointerTo } from './grant-error.ts';
import { readMembers, readStrings } from './read-members.ts';
import { readToolLimits } from './token-budget.ts';

const MEMBERS = ['args', 'extra_args', 'schema_s256', 'limits', 'effects', 'proof'];
const EFFECTS = ['read', 'write', 'network', 'execute', 'destructive'];

/**
 * The grant for one tool, as it stands in `tools` of an authorization detail (layout: docs/guides/tokens.md).
 *
 * Closed world: arguments that `args` does not name are not granted unless `extra_args` is `allow`.
 *
 * @param pointer Where `value` stands in the claims.
 * @throws GrantError, also for what is understood but not enforced by this release: a proof that nobody checks must not
 *   look like one.
 */
export function readToolGrant(value: JsonValue, pointer: string): ToolGrant {
  const grant = readMembers(value, MEMBERS, pointer);
  refuseProof(grant.get('proof'), pointerTo(pointer, 'proof'));
  const schemaSha256 = readSchemaSha256(grant.get('schema_s256'), pointerTo(pointer, 'schema_s256'));
  const effects = readEffects(grant.get('effects'), pointerTo(pointer, 'effects'));
  const limits = grant.has('limits') ? readToolLimits(grant.get('limits'), pointerTo(pointer, 'limits')) : undefined;
  return {
    arguments: readArguments(grant, pointer),
    ...(schemaSha256 === undefined ? {} : { schemaSha256 }),
    ...(effects === undefined ? {} : { effects }),
    ...(limits === undefined ? {} : { limits }),
  };
}

function readArguments(grant: JsonObject, pointer: string): ArgumentConstraints | undefined {
  const extra = grant.get('extra_args') ?? 'deny';
  if (extra !== 'deny' && extra !== 'allow') {
    throw new GrantError(pointerTo(pointer, 'extra_args'), 'must be "deny" or "allow"');
  }
  const spec = grant.has('args') ? grant.get('args') : EMPTY_OBJECT;
  const at = pointerTo(pointer, 'args');
  if (!isJsonObject(spec)) throw new GrantError(at, 'must be an object');
  if (spec.size === 0 && extra === 'allow') return undefined;
  try {
    return compileArguments(spec, extra);
  } catch (cause) {
    if (!(cause instanceof ConstraintError)) throw cause;
    throw new GrantError(`${at}${cause.pointer}`, cause.message);
  }
}

function refuseProof(value: JsonValue | undefined, pointer: string): void {
  if (value === undefined || value === 'token') return;
  if (value !== 'request' && value !== 'request+args') {
    throw new GrantError(pointer, 'must be "token", "request" or "request+args"');
  }
  throw new GrantError(pointer, 'asks for a proof per request, and this release checks only "token"');
}

function readSchemaSha256(value: JsonValue | undefined, pointer: string): string | undefined {
  if (value === undefined) return undefined;
  if (typeof value === 'string' && /^[0-9a-f]{64}$/.test(value)) return value;
  throw new GrantError(pointer, 'must be a SHA-256 in 64 lower-case hex digits');
}

function readEffects(value: JsonValue | undefined, pointer: string): readonly string[] | undefined {
  if (value === undefined) return undefined;
  const effects = readStrings(value, pointer);
  const unknown = effects.findIndex((effect) => !EFFECTS.includes(effect));
  if (unknown === -1) return effects;
  throw new GrantError(pointerTo(pointer, unknown), `must be one of ${EFFECTS.join(', ')}`);
}
