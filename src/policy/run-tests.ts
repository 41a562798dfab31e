import type { Catalogue } from '../catalogue/catalogue.ts';
import type { Position } from '../source/yaml-source.ts';
import { combine } from './combine.ts';
import type { CompiledPolicies } from './compiled-policies.ts';
import { Coverage, type RuleCoverage } from './coverage.ts';
import type { Judgement } from './judge.ts';
import type { WrittenCall, WrittenTest } from './policy-file.ts';
import type { Rule } from './rule.ts';
import { type ReadCall, readWrittenCall } from './written-call.ts';

/** What became of one test of one rule. */
export interface TestResult {
  readonly rule: string;
  /** The test's name, else its number in the rule, from 1. */
  readonly name: string;
  readonly file: string;
  readonly position: Position;
  readonly expected: WrittenTest['expect'];
  readonly got: WrittenTest['expect'] | 'no-call';
  readonly passed: boolean;
  /** Why it got this answer, or why the answer does not count. */
  readonly because: string;
}

export interface TestReport {
  readonly results: readonly TestResult[];
  /** One entry a rule, in file order. */
  readonly coverage: readonly RuleCoverage[];
}

/**
 * Runs the tests of all rules.
 *
 * Each test is a call that all rules judge together, as in service; for a shadow rule it counts as enforced. The answer
 * must be the expected one *because of* the rule that has the test: a deny rule that is never asked passes nothing.
 * Arguments that the pinned schema refuses are refused before any rule, as in service.
 */
export function runTests(policies: CompiledPolicies, catalogue: Catalogue): TestReport {
  const coverage = new Coverage(policies.rules);
  const results = policies.rules.flatMap((rule) =>
    (rule.written.tests ?? []).map((written, index) => runTest(rule, written, index, policies, catalogue, coverage)),
  );
  return { results, coverage: coverage.report() };
}

function runTest(
  rule: Rule,
  written: WrittenTest,
  index: number,
  policies: CompiledPolicies,
  catalogue: Catalogue,
  coverage: Coverage,
): TestResult {
  const call = readWrittenCall(completed(written, rule), catalogue);
  const outcome = call.kind === 'call' ? answerOf(rule, call, policies, coverage) : ({ got: 'no-call', because: call.message, mine: false } as const);
  const { got, because, mine } = outcome;
  const expected = written.expect;
  return {
    rule: rule.id,
    name: written.name ?? String(index + 1),
    file: rule.source.file,
    position: rule.source.locate([...rule.path, 'tests', index]),
    expected,
    got,
    passed: got === expected && mine,
    because,
  };
}

interface TestAnswer {
  readonly got: WrittenTest['expect'];
  readonly because: string;
  /** Whether the rule under test is the reason. */
  readonly mine: boolean;
}

function answerOf(rule: Rule, { input, violation }: ReadCall, policies: CompiledPolicies, coverage: Coverage): TestAnswer {
  if (violation !== undefined) {
    const because = `the pinned schema refuses it: ${violation.pointer} ${violation.message}`;
    // A call that never reaches the rules shows that an allow rule lets nothing wrong through, and nothing of the others.
    return { got: 'deny', because, mine: rule.effect === 'allow' };
  }
  const judgements = policies.judge(policies.matching(input), input);
  coverage.add(judgements);
  const own = judgements.find((judgement) => judgement.rule === rule);
  if (own === undefined) return { got: 'deny', because: 'the rule does not match this call', mine: false };
  const counted = judgements.filter((judgement) => judgement.rule.mode === 'enforce' || judgement === own);
  const answer = combine(counted, input.housekeeping);
  switch (answer.kind) {
    case 'allowed':
      return { got: 'allow', because: reasonsToAllow(counted), mine: rule.effect !== 'allow' || own.outcome.kind === 'holds' };
    case 'denied':
      return { got: 'deny', because: [answer.reason, answer.rule, answer.argument].filter(Boolean).join(' '), mine: refuses(own) };
    case 'error':
      return { got: 'fault', because: `${answer.rule}: ${answer.message}`, mine: own.outcome.kind === 'error' };
  }
}

function reasonsToAllow(judgements: readonly Judgement[]): string {
  const allowing = judgements.filter(({ rule, outcome }) => rule.effect === 'allow' && outcome.kind === 'holds');
  return allowing.length === 0 ? 'housekeeping' : allowing.map(({ rule }) => rule.id).join(', ');
}

/** Whether a rule is a reason for a refusal. An allow rule is one by not holding, or by being overruled. */
function refuses({ rule, outcome }: Judgement): boolean {
  if (rule.effect === 'deny') return outcome.kind === 'holds';
  if (rule.effect === 'require') return outcome.kind === 'fails';
  return rule.effect === 'allow';
}

/** The call of a test: what it leaves out comes from its rule, where that names just one. */
function completed({ name: _name, expect: _expect, ...written }: WrittenTest, { written: { match } }: Rule): WrittenCall {
  const server = written.server ?? onlyName(match.server);
  const method = written.method ?? onlyName(match.method);
  const named = written.tool ?? written.prompt ?? written.resource;
  const target = named === undefined ? targetOf(match) : {};
  return {
    ...written,
    ...target,
    ...(server === undefined ? {} : { server }),
    ...(method === undefined ? {} : { method }),
  };
}

function targetOf({ tool, prompt, resource }: Rule['written']['match']): Pick<WrittenCall, 'tool' | 'prompt' | 'resource'> {
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
