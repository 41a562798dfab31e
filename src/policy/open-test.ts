import type { MutableBindings } from './condition.ts';
import { bindingsOf } from './environment.ts';
import type { Judgement } from './judge.ts';
import type { WrittenCall, WrittenTest } from './policy-file.ts';
import type { PolicyInput } from './policy-set.ts';
import type { Rule } from './rule.ts';

/**
 * Tests that say only what they are about: the rest comes from their rule, or stays unknown.
 *
 * @module
 */

/** The call of a test: what it leaves out comes from its rule, where that names just one. */
export function completeTest({ name: _name, expect: _expect, ...written }: WrittenTest, rule: Rule): WrittenCall {
  const { match } = rule.written;
  const server = written.server ?? onlyName(match.server);
  const method = written.method ?? onlyName(match.method);
  const principal = written.principal ?? principalOf(onlyName(match.principal));
  const named = written.tool ?? written.prompt ?? written.resource;
  return {
    ...written,
    ...(named === undefined ? targetOf(match) : {}),
    ...(server === undefined ? {} : { server }),
    ...(method === undefined ? {} : { method }),
    ...(principal === undefined ? {} : { principal }),
  };
}

function targetOf({
  tool,
  prompt,
  resource,
}: Rule['written']['match']): Pick<WrittenCall, 'tool' | 'prompt' | 'resource'> {
  const [onlyTool, onlyPrompt, onlyResource] = [tool, prompt, resource].map(onlyName);
  return {
    ...(onlyTool === undefined ? {} : { tool: onlyTool }),
    ...(onlyPrompt === undefined ? {} : { prompt: onlyPrompt }),
    ...(onlyResource === undefined ? {} : { resource: onlyResource }),
  };
}

function onlyName(written: string | readonly string[] | undefined): string | undefined {
  const names = typeof written === 'string' ? [written] : (written ?? []);
  const [name] = names;
  return names.length === 1 && name?.endsWith('*') === false ? name : undefined;
}

function principalOf(name: string | undefined): WrittenCall['principal'] {
  if (name === undefined) return undefined;
  if (name === 'anonymous') return { kind: 'anonymous' };
  return name.startsWith('spiffe://') ? { spiffe: name } : { subject: name };
}

/** What conditions see of a test's call: caller, connection and time are unknown unless the test says them. */
export function knownBindings(input: PolicyInput, { principal, token, tls, now, txn }: WrittenCall): MutableBindings {
  const bindings = bindingsOf(input);
  if (principal === undefined) bindings.set('principal', undefined).set('agent', undefined);
  if (token === undefined) bindings.set('token', undefined);
  if (tls === undefined) bindings.set('tls', undefined);
  if (now === undefined) bindings.set('now', undefined);
  if (txn === undefined) bindings.set('txn', undefined);
  return bindings;
}

/** What a rule says at best for the caller: an unknown condition of allow and require holds, of deny and limit does not. */
export function atBest({ rule, outcome }: Judgement): Judgement {
  if (outcome.kind !== 'unknown') return { rule, outcome };
  const good = rule.effect === 'allow' || rule.effect === 'require';
  return { rule, outcome: { kind: good ? 'holds' : 'fails' } };
}
