import assert from 'node:assert/strict';
import type { Catalogue } from '../catalogue/catalogue.ts';
import { readYaml } from '../source/yaml-source.ts';
import { catalogue } from './catalogue.fixture.ts';
import type { CompiledPolicies } from './compiled-policies.ts';
import { compilePolicies } from './load-policies.ts';
import type { WrittenCall } from './policy-file.ts';
import type { PolicyDecision, PolicyInput } from './policy-set.ts';
import { readWrittenCall } from './written-call.ts';

const HEAD = 'apiVersion: sallyport/v1\nkind: Policy\nmetadata: { name: test }\n';

/** Policies of one file with these rules; `sets` is a whole YAML member. */
export function policiesOf(rules: string, sets = '', against: Catalogue = catalogue): CompiledPolicies {
  return compilePolicies([readYaml('policy.yaml', `${HEAD}${sets}rules:\n${rules}`)], against);
}

/** A call as rules see it. Default: `read_file` on `files`. */
export function inputOf(written: WrittenCall = {}, against: Catalogue = catalogue): PolicyInput {
  const named = written.tool ?? written.prompt ?? written.resource ?? written.method;
  const tool = named === undefined ? { tool: 'read_file' } : {};
  const call = readWrittenCall({ server: 'files', ...tool, ...written }, against);
  assert.equal(call.kind, 'call', call.kind === 'no-call' ? call.message : '');
  return call.input;
}

/** The answer to a call, without what every decision carries. */
export function answer(policies: CompiledPolicies, written: WrittenCall = {}): Partial<PolicyDecision> {
  const { rules: _rules, shadow: _shadow, readArguments: _read, ...rest } = policies.decide(inputOf(written));
  return rest;
}
