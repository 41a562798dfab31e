import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { catalogue } from './catalogue.fixture.ts';
import { policiesOf } from './policies.fixture.ts';
import { isPassing, printTests } from './print-tests.ts';
import { runTests, type TestReport } from './run-tests.ts';

function run(rules: string): TestReport {
  return runTests(policiesOf(rules), catalogue);
}

/** `passed got because` of each test. */
function outcomes(rules: string): readonly string[] {
  return run(rules).results.map(({ passed, got, because }) => `${passed ? 'ok' : 'FAIL'} ${got}: ${because}`);
}

const ALLOW =
  '- { id: a, match: { server: files, tool: read_file }, effect: allow, tests: [{ args: { path: x }, expect: allow }] }\n';

suite('runTests()', () => {
  test('fails a deny test that only passes for want of an allow rule', () => {
    const rules = (when: string): string =>
      `- { id: d, match: { server: files, tool: read_file }, effect: deny, when: '${when}', tests: [{ args: { path: x }, expect: deny }] }`;
    assert.deepEqual(outcomes(rules('args.path == "x"')), ['ok deny: policy.denied d']);
    assert.deepEqual(outcomes(rules('args.path == "y"')), ['FAIL deny: policy.no-allow']);
  });

  test('fails an allow test that another rule passes', () => {
    const other =
      '- { id: b, match: { server: files, tool: read_file }, effect: allow, when: \'args.path == "y"\', tests: [{ args: { path: x }, expect: allow }] }';
    assert.deepEqual(outcomes(ALLOW + other), ['ok allow: a', 'FAIL allow: a']);
  });

  test('fails a test whose call the rule does not match', () => {
    const rule = ALLOW.replace(
      '{ args: { path: x }, expect: allow }',
      '{ tool: write_file, args: { path: x, content: y }, expect: deny }',
    );
    assert.deepEqual(outcomes(rule), ['FAIL deny: the rule does not match this call']);
  });

  test('fails a test that names no call', () => {
    const rule =
      "- { id: a, match: { server: '*', tool: '*' }, effect: deny, tests: [{ expect: deny }, { server: files, tool: rm, expect: deny }] }";
    assert.deepEqual(outcomes(rule), [
      'FAIL no-call: it names no server.',
      'FAIL no-call: no pinned tool of "files" is called "rm".',
    ]);
  });

  test('lets the pinned schema refuse first, which says nothing of a deny rule', () => {
    const tests = 'tests: [{ args: { path: x, limit: many }, expect: deny }]';
    const rule = (effect: string): string =>
      `- { id: r, match: { server: files, tool: read_file }, effect: ${effect}, ${tests} }`;
    assert.match(outcomes(rule('allow'))[0] ?? '', /^ok deny: the pinned schema refuses it: \/limit/);
    assert.match(outcomes(rule('deny'))[0] ?? '', /^FAIL deny: the pinned schema refuses it: \/limit/);
  });

  test('takes a fault for what it is', () => {
    const rule = `${ALLOW}- { id: d, match: { server: files, tool: read_file }, effect: deny, when: 'path.under(args.path, "/etc")', tests: [{ args: { path: /etc/../x }, expect: fault }] }`;
    assert.match(outcomes(rule)[1] ?? '', /^ok fault: d: /);
  });

  test('reads a test without caller and time as any caller at any time', () => {
    const rules = (tests: string): string =>
      `- { id: a, match: { server: files, tool: read_file }, effect: allow, when: 'principal.id == "p" && now.getHours("UTC") < 12', tests: [${tests}] }`;
    assert.deepEqual(outcomes(rules('{ args: { path: x }, expect: allow }, { args: { path: x }, expect: deny }')), [
      'ok allow: a; the rule depends on what the test does not say',
      'FAIL allow: a; the rule depends on what the test does not say',
    ]);
    const said = "args: { path: x }, principal: { id: p }, now: '2026-01-01T1";
    assert.deepEqual(outcomes(rules(`{ ${said}1:00:00Z', expect: allow }, { ${said}2:00:00Z', expect: deny }`)), [
      'ok allow: a',
      'ok deny: policy.no-allow a',
    ]);
  });

  test('takes server, target, method and caller from the rule', () => {
    assert.deepEqual(
      outcomes(`
- { id: a, match: { server: files, resource: 'file:///w/x', method: resources/subscribe, principal: spiffe://acme/a }, effect: allow, tests: [{ expect: allow }] }
- { id: b, match: { server: files, prompt: greet, principal: anonymous }, effect: allow, tests: [{ expect: allow }, { principal: { subject: x }, expect: deny }] }
`),
      ['ok allow: a', 'ok allow: b', 'FAIL deny: the rule does not match this call'],
    );
  });

  test('judges a shadow rule as if it were enforced', () => {
    const shadow =
      '- { id: s, match: { server: files, tool: read_file }, effect: deny, mode: shadow, when: \'args.path == "x"\', tests: [{ args: { path: x }, expect: deny }, { args: { path: y }, expect: allow }] }';
    assert.deepEqual(outcomes(ALLOW + shadow), ['ok allow: a', 'ok deny: policy.denied s', 'ok allow: a']);
  });
});

suite('coverage', () => {
  const deny = (tests: string): string =>
    `${ALLOW}- { id: d, match: { server: files, tool: read_file }, effect: deny, when: 'args.path == "y"', tests: [${tests}] }`;

  function coverageOf(rules: string): readonly string[] {
    return run(rules).coverage.map(({ rule, verdict }) => `${rule} ${verdict}`);
  }

  test('is full when a rule was seen to hold and not to hold', () => {
    assert.deepEqual(coverageOf(deny('{ args: { path: y }, expect: deny }')), ['a full', 'd full']);
  });

  test('calls a refusal that no test saw untested, and fails for it only when asked', () => {
    const report = run(deny('{ args: { path: z }, expect: allow }'));
    assert.deepEqual(
      report.coverage.map(({ verdict }) => verdict),
      ['full', 'untested'],
    );
    assert.deepEqual([isPassing(report, false), isPassing(report, true)], [true, false]);
    assert.match(printTests(report, true), /No test sees these refuse: d\.$/);
  });

  test('calls a requirement that no test saw fail untested', () => {
    const rule = '- { id: r, match: { server: files, tool: read_file }, effect: require, when: \'args.path == "x"\' }';
    assert.deepEqual(coverageOf(ALLOW + rule), ['a full', 'r untested']);
  });

  test('does not count calls that the pinned schema refuses', () => {
    const rule =
      '- { id: a, match: { server: files, tool: read_file }, effect: allow, args: { path: { c: exact, value: x } }, tests: [{ args: { path: 1 }, expect: deny }] }';
    assert.deepEqual(coverageOf(rule), ['a partial']);
  });
});

suite('printTests()', () => {
  test('names file and line of a failure', () => {
    const report = run(ALLOW.replace('expect: allow', 'expect: deny, name: no x'));
    assert.match(
      printTests(report, false),
      /^policy\.yaml:5:78: error: a: test no x: it gets allow instead of deny: a\.$/m,
    );
    assert.match(printTests(report, false), /0 of 1 tests pass\.$/);
  });
});
