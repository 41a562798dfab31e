import { type CelType, DYN, mapOf, objectOf, STRING, TIMESTAMP } from '../constraint/cel/type.ts';
import { EMPTY_OBJECT, type JsonObject, type JsonValue } from '../kit/json.ts';
import type { CallerInput, PolicyInput, ReachInput } from './policy-set.ts';
import type { TargetKind } from './rule-match.ts';

/**
 * Variables that CEL conditions read (DESIGN §6): their types, and their values for a call.
 *
 * What a caller may lack is an optional field, so reading it without `has()` does not compile. `token` is whatever the
 * issuer signed and has no static type.
 *
 * @module
 */

const PRINCIPAL = objectOf({
  'id': STRING,
  'kind': STRING,
  'issuer?': STRING,
  'subject?': STRING,
  'actor?': STRING,
  'client_id?': STRING,
  'spiffe?': STRING,
});

const AGENT = objectOf({ 'actor?': STRING, 'client_id?': STRING, 'spiffe?': STRING });

const TLS = objectOf({ 'certificate_sha256?': STRING, 'spiffe?': STRING });

/** Where a condition is evaluated: a kind of target, and for a tool the type of its arguments. */
export interface CelScope {
  readonly kind: TargetKind;
  /** Of `args`: from the pinned schema for a tool. */
  readonly args: CelType;
}

/** Arguments of a prompt: texts by name; MCP pins no schema for them. */
export const PROMPT_ARGUMENTS: CelType = mapOf(STRING);

/** No arguments at all. */
export const NO_ARGUMENTS: CelType = objectOf({});

/** Types of all variables in `scope`, but for those that a rule binds by `let`. `sets` is what the rule's file declares. */
export function variablesOf(scope: CelScope, sets: CelType): ReadonlyMap<string, CelType> {
  return new Map<string, CelType>([
    ['tool', STRING],
    ['server', STRING],
    ['method', STRING],
    ['args', scope.args],
    ['params', paramsOf(scope)],
    ['token', mapOf(DYN)],
    ['principal', PRINCIPAL],
    ['agent', AGENT],
    ['tls', TLS],
    ['now', TIMESTAMP],
    ['txn', STRING],
    ['annotations', mapOf(DYN)],
    ['sets', sets],
  ]);
}

/** Words of CEL, and what functions are called by. */
const WORDS =
  'as break const continue else false for function if import in let loop package namespace null return true var void while ' +
  'value path url cidr glob semver shell has size type';

/** Names that `let` cannot bind: those words, and the variables there are. */
export const TAKEN_NAMES: ReadonlySet<string> = new Set([
  ...WORDS.split(' '),
  ...variablesOf({ kind: 'none', args: DYN }, DYN).keys(),
]);

function paramsOf({ kind, args }: CelScope): CelType {
  switch (kind) {
    case 'tool':
    case 'prompt':
      return { ...objectOf({ 'name': STRING, 'arguments?': args, '_meta?': mapOf(DYN) }), rest: DYN };
    case 'resource':
      return { ...objectOf({ 'uri': STRING, '_meta?': mapOf(DYN) }), rest: DYN };
    case 'task':
    case 'none':
      return mapOf(DYN);
  }
}

/** Values for one call; `sets` and names of `let` are set by each rule. */
export function bindingsOf(input: PolicyInput): Map<string, JsonValue | Date | undefined> {
  const { server, method, target, args, params, annotations, nowMs } = input;
  return callerBindings(input)
    .set('tool', target.kind === 'tool' ? target.name : '')
    .set('server', server)
    .set('method', method)
    .set('args', args)
    .set('params', params)
    .set('now', new Date(nowMs))
    .set('annotations', annotations);
}

/**
 * Values for an entry of a list: arguments, parameters and time are unknown, since "never" means with any arguments at
 * any time.
 */
export function reachBindings(input: ReachInput, method: string): Map<string, JsonValue | Date | undefined> {
  const { server, target, annotations } = input;
  return callerBindings(input)
    .set('tool', target.kind === 'tool' ? target.name : '')
    .set('server', server)
    .set('method', method)
    .set('args', undefined)
    .set('params', undefined)
    .set('now', undefined)
    .set('annotations', annotations);
}

/** Set one by one: the constructor of `Map` takes twice as long for a list of pairs. */
function callerBindings({
  token,
  principal,
  tls,
  txn,
}: Omit<CallerInput, 'nowMs'>): Map<string, JsonValue | Date | undefined> {
  return new Map<string, JsonValue | Date | undefined>()
    .set('token', token ?? EMPTY_OBJECT)
    .set('principal', principal)
    .set('agent', agentOf(principal))
    .set('tls', tls)
    .set('txn', txn ?? '');
}

const AGENT_FIELDS = ['actor', 'client_id', 'spiffe'] as const;

function agentOf(principal: JsonObject): JsonObject {
  const agent = new Map<string, JsonValue>();
  for (const field of AGENT_FIELDS) {
    const value = principal.get(field);
    if (value !== undefined) agent.set(field, value);
  }
  return agent;
}
