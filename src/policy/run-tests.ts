import type { Catalogue } from '../catalogue/catalogue.ts';
import type { Position } from '../source/yaml-source.ts';
import { combine } from './combine.ts';
import type { CompiledPolicies } from './compiled-policies.ts';
import { Coverage, type RuleCoverage } from './coverage.ts';
import type { Judgement } from './judge.ts';
import { atBest, completeTest, knownBindings } from './open-test.ts';
import type { WrittenCall, WrittenTest } from './policy-file.ts';
import type { Rule } from './rule.ts';
import { type NoCall, type ReadCall, readWrittenCall } from './written-call.ts';

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
 * What a test does not say of caller and time is unknown: `allow` then means that some caller at some time is allowed,
 * `deny` that none ever is.
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
  const completed = completeTest(written, rule);
  const call = readWrittenCall(completed, catalogue);
  const { got, because, mine } =
    call.kind === 'call' ? answerOf(rule, completed, call, policies, coverage) : noCall(call);
  return {
    rule: rule.id,
    name: written.name ?? String(index + 1),
    file: rule.source.file,
    position: rule.source.locate([...rule.path, 'tests', index]),
    expected: written.expect,
    got,
    passed: got === written.expect && mine,
    because,
  };
}

interface TestAnswer {
  readonly got: TestResult['got'];
  readonly because: string;
  /** Whether the rule under test is the reason. */
  readonly mine: boolean;
}

function noCall({ message }: NoCall): TestAnswer {
  return { got: 'no-call', because: message, mine: false };
}

function answerOf(
  rule: Rule,
  written: WrittenCall,
  { input, violation }: ReadCall,
  policies: CompiledPolicies,
  coverage: Coverage,
): TestAnswer {
  if (violation !== undefined) {
    const because = `the pinned schema refuses it: ${violation.pointer} ${violation.message}`;
    // A call that never reaches the rules shows that an allow rule lets nothing wrong through, and nothing of the others.
    return { got: 'deny', because, mine: rule.effect === 'allow' };
  }
  const judgements = policies.judge(policies.matching(input), input, knownBindings(input, written));
  coverage.add(judgements);
  const own = judgements.find((judgement) => judgement.rule === rule);
  if (own === undefined) return { got: 'deny', because: 'the rule does not match this call', mine: false };
  const counted = judgements.filter((judgement) => judgement.rule.mode === 'enforce' || judgement === own);
  return answerBy(own, counted, input.housekeeping);
}

function answerBy(own: Judgement, counted: readonly Judgement[], housekeeping: boolean): TestAnswer {
  const answer = combine(counted.map(atBest), housekeeping);
  const { rule, outcome } = atBest(own);
  const open = own.outcome.kind === 'unknown' ? '; the rule depends on what the test does not say' : '';
  switch (answer.kind) {
    case 'allowed': {
      const mine = rule.effect !== 'allow' || outcome.kind === 'holds';
      return { got: 'allow', because: `${reasonsToAllow(counted)}${open}`, mine };
    }
    case 'denied': {
      const because = [answer.reason, answer.rule, answer.argument].filter((text) => text !== undefined).join(' ');
      return { got: 'deny', because: `${because}${open}`, mine: refuses({ rule, outcome }) };
    }
    case 'error':
      return { got: 'fault', because: `${answer.rule}: ${answer.message}`, mine: outcome.kind === 'error' };
  }
}

function reasonsToAllow(judgements: readonly Judgement[]): string {
  const allowing = judgements
    .map(atBest)
    .filter(({ rule, outcome }) => rule.effect === 'allow' && outcome.kind === 'holds');
  return allowing.length === 0 ? 'housekeeping' : allowing.map(({ rule }) => rule.id).join(', ');
}

/** Whether a rule is a reason for a refusal. An allow rule is one by not holding, or by being overruled. */
function refuses({ rule, outcome }: Judgement): boolean {
  if (rule.effect === 'deny') return outcome.kind === 'holds';
  if (rule.effect === 'require') return outcome.kind === 'fails';
  return rule.effect === 'allow';
}
