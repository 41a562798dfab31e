import type { Catalogue, PinnedTool } from '../../catalogue/catalogue.ts';
import { sampleArguments } from '../../catalogue/sample-arguments.ts';
import { isJsonObject, type JsonObject, type JsonValue, toPlain } from '../../kit/json.ts';
import { pointerStep } from '../../kit/json-pointer.ts';
import type { WrittenCall } from '../policy-file.ts';
import type { Rule } from '../rule.ts';
import { literalsOf } from './literals.ts';

/** Calls that are tried for one target, before the next one. */
const MOST_OF_A_TARGET = 20_000;
/** Times that are tried where no rule's test says one: by day and by night, in UTC. */
const TIMES = ['2026-11-25T10:00:00Z', '2026-11-25T23:30:00Z'];

type Caller = Pick<WrittenCall, 'principal' | 'token' | 'tls' | 'txn'>;

/**
 * Calls at which the answers of these rules may turn, the plainest first: every pinned tool and every prompt and resource that
 * is named, by every caller that is, with arguments of tests or made up from the schema, of which one at a time is changed, left
 * out or added.
 */
export function* candidateCalls(rules: readonly Rule[], catalogue: Catalogue): Generator<WrittenCall> {
  const callers = callersOf(rules);
  const times = [...new Set([...TIMES, ...testsOf(rules).flatMap(({ now }) => now ?? [])])];
  for (const target of targetsOf(rules, catalogue)) {
    let left = MOST_OF_A_TARGET;
    for (const args of target.args) {
      for (const caller of callers) {
        for (const now of times) {
          if (left-- > 0) yield { ...target.call, args, now, ...caller };
        }
      }
    }
  }
}

interface CandidateTarget {
  readonly call: Pick<WrittenCall, 'server' | 'tool' | 'prompt' | 'resource'>;
  readonly args: readonly Record<string, unknown>[];
}

function* targetsOf(rules: readonly Rule[], { servers }: Catalogue): Generator<CandidateTarget> {
  for (const [server, { tools }] of servers) {
    for (const tool of tools.values()) yield { call: { server, tool: tool.name }, args: argumentsOf(tool, rules) };
    for (const { target } of rules.map(({ match }) => match)) {
      const { kind } = target ?? {};
      for (const name of namesOf(target?.names)) {
        if (kind === 'prompt') yield { call: { server, prompt: name }, args: [{}] };
        if (kind === 'resource') yield { call: { server, resource: name }, args: [{}] };
      }
    }
  }
}

/** Names that are written out, and one for each that is written with a star. */
function namesOf(names: NonNullable<Rule['match']['target']>['names'] | undefined): readonly string[] {
  return names === undefined ? [] : [...names.literals, ...names.prefixes.map((prefix) => `${prefix}x`)];
}

function testsOf(rules: readonly Rule[]) {
  return rules.flatMap(({ written }) => written.tests ?? []);
}

function argumentsOf(tool: PinnedTool, rules: readonly Rule[]): readonly Record<string, unknown>[] {
  const sample = sampleArguments(tool) ?? new Map<string, JsonValue>();
  const tested = testsOf(rules).flatMap(({ tool: named, args = {} }) =>
    named === undefined || named === tool.name ? [args] : [],
  );
  const literals = [...PLAIN_VALUES, ...rules.flatMap(({ written }) => literalsOf(written))];
  const bases = [toRecord(sample), ...tested, ...rules.map((rule) => toRecord(pleasing(rule, sample, literals)))];
  const names = new Set([...namesInSchema(tool), ...bases.flatMap(Object.keys)]);
  const values = literals.map(toPlain);
  const changed = bases.flatMap((base) =>
    [...names].flatMap((name) => [without(base, name), ...values.map((value) => ({ ...base, [name]: value }))]),
  );
  return unique([...bases, ...changed]);
}

/** For what no rule says anything of. */
const PLAIN_VALUES: readonly JsonValue[] = ['text', 1, true];

/** Arguments that the constraints of a rule accept, as far as some can be found: at its edges only one thing must be wrong. */
function pleasing({ args: constraints }: Rule, sample: JsonObject, values: readonly JsonValue[]): JsonObject {
  const args = new Map(sample);
  for (const name of constraints?.names ?? []) {
    const accepted = values.find((value) => !isAtFault(constraints, name, new Map(args).set(name, value)));
    if (isAtFault(constraints, name, args) && accepted !== undefined) args.set(name, accepted);
  }
  return args;
}

/** Those before it are in order by then: constraints are asked one after the other. */
function isAtFault(constraints: Rule['args'], name: string, args: JsonObject): boolean {
  const pointer = constraints?.check(args)?.pointer;
  return pointer !== undefined && pointer.split('/', 2)[1] === pointerStep(name);
}

function toRecord(args: JsonObject): Record<string, unknown> {
  return { ...(toPlain(args) as Record<string, unknown>) };
}

function namesInSchema({ definition }: PinnedTool): readonly string[] {
  const schema = definition.get('inputSchema');
  const properties = isJsonObject(schema) ? schema.get('properties') : undefined;
  return isJsonObject(properties) ? [...properties.keys()] : [];
}

function without(args: Record<string, unknown>, name: string): Record<string, unknown> {
  const { [name]: _left, ...rest } = args;
  return rest;
}

function unique(all: readonly Record<string, unknown>[]): readonly Record<string, unknown>[] {
  return [...new Map(all.map((args) => [JSON.stringify(args), args])).values()];
}

/** Somebody whom no rule names, everybody whom one does, and the callers of tests. */
function callersOf(rules: readonly Rule[]): readonly Caller[] {
  const named = rules.flatMap(({ match, written }) => [
    ...(match.principal === undefined ? [] : namesOf(match.principal)),
    // Sets and conditions name callers too.
    ...literalsOf({ ...written, args: undefined, tests: undefined }).filter((value) => typeof value === 'string'),
  ]);
  const tested = testsOf(rules).map(({ principal, token, tls, txn }) => ({
    ...(principal === undefined ? {} : { principal }),
    ...(token === undefined ? {} : { token }),
    ...(tls === undefined ? {} : { tls }),
    ...(txn === undefined ? {} : { txn }),
  }));
  const items = rules.flatMap(({ source }) => setItemsOf(source.value));
  const callers: readonly Caller[] = [{}, ...tested, ...[...new Set([...named, ...items])].flatMap(callerNamed)];
  return [...new Map(callers.map((caller) => [JSON.stringify(caller), caller])).values()];
}

function callerNamed(name: string): readonly Caller[] {
  if (name === 'anonymous') return [{ principal: { id: 'anonymous', kind: 'anonymous' } }];
  return name.startsWith('spiffe://') ? [{ principal: { spiffe: name } }] : [{ principal: { subject: name } }];
}

/** The texts in the inline sets of a policy file. */
function setItemsOf(document: unknown): readonly string[] {
  const sets: unknown = typeof document === 'object' && document !== null && 'sets' in document ? document.sets : {};
  if (typeof sets !== 'object' || sets === null) return [];
  return Object.values(sets).flatMap((items: unknown) =>
    Array.isArray(items) ? items.filter((item) => typeof item === 'string').slice(0, 50) : [],
  );
}
