import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { printProblem, ProblemsError } from '../kit/problem.ts';
import { catalogueOfTools } from './catalogue.fixture.ts';
import { inputOf, policiesOf } from './policies.fixture.ts';

const READ = '  - { id: read, match: { tool: read_file }, effect: allow }\n';
const weather = catalogueOfTools({
  weather: {
    now: {
      inputSchema: { type: 'object' },
      outputSchema: { type: 'object', properties: { celsius: { type: 'number' } }, required: ['celsius'] },
    },
  },
});

/** What the rules say of a call of `read_file`. */
function decided(rules: string) {
  return policiesOf(`${READ}${rules}`).decide(inputOf({ args: { path: '/a' } }));
}

suite('a rule with effect fallback', () => {
  test('neither allows nor denies, and is told when it holds, in file order', () => {
    const decision = decided(`
  - { id: kept, match: { tool: read_file }, effect: fallback, fallback: { cached: { max_age_s: 60, shared: true } } }
  - { id: other, match: { tool: read_file }, args: { path: { c: exact, value: /b } }, effect: fallback, fallback: { static: { text: b } } }
  - { id: none, match: { tool: read_file }, effect: fallback, fallback: { on: [open], static: { text: "not now" } } }
`);
    assert.equal(decision.kind, 'allowed');
    assert.deepEqual(decision.kind === 'allowed' && decision.fallbacks, [
      {
        rule: 'kept',
        on: { open: true, failed: true },
        needsReply: true,
        source: { kind: 'cached', maxAgeMs: 60_000, shared: true },
      },
      {
        rule: 'none',
        on: { open: true, failed: false },
        needsReply: false,
        source: { kind: 'static', members: '"content":[{"type":"text","text":"not now"}]' },
      },
    ]);
    const alone = policiesOf(
      '  - { id: a, match: { tool: read_file }, effect: fallback, fallback: { static: { text: a } } }',
    );
    assert.equal(alone.decide(inputOf({ args: { path: '/a' } })).kind, 'denied');
  });

  test('has a result with structure, and text for whoever reads none', () => {
    const rules =
      '  - { id: a, match: { tool: now }, effect: allow }\n  - { id: f, match: { tool: now }, effect: fallback, fallback: { static: { structured: { celsius: 20 } } } }';
    const input = inputOf({ server: 'weather', tool: 'now' }, weather);
    const decision = policiesOf(rules, '', weather).decide(input);
    const source = {
      kind: 'static',
      members: '"content":[{"type":"text","text":"{\\"celsius\\":20}"}],"structuredContent":{"celsius":20}',
    };
    assert.deepEqual(decision.kind === 'allowed' && decision.fallbacks?.[0]?.source, source);
  });

  const misfits = {
    '{ text: sunny }': 'the result has no structured part',
    '{ structured: { celsius: warm } }': 'structured/celsius must be of type number',
  };
  for (const [fixed, misfit] of Object.entries(misfits)) {
    test(`must fit the outputSchema of its tool: ${fixed}`, () => {
      const rules = `  - { id: f, match: { tool: now }, effect: fallback, fallback: { static: ${fixed} } }`;
      assert.throws(
        () => policiesOf(rules, '', weather),
        (error) => error instanceof ProblemsError && error.problems.map(printProblem).join('\n').includes(misfit),
      );
    });
  }

  test('may say that the tool failed, whatever the outputSchema', () => {
    const rules =
      '  - { id: f, match: { tool: now }, effect: fallback, fallback: { static: { text: no, is_error: true } } }';
    assert.equal(policiesOf(rules, '', weather).rules.length, 1);
  });

  test('is warned of where nothing is kept, or what it waits for does not come', () => {
    const { warnings } = policiesOf(`${READ}
  - { id: kept, match: { tool: read_file }, effect: fallback, fallback: { cached: { max_age_s: 60 } } }
  - { id: open, match: { tool: read_file }, effect: fallback, fallback: { on: [open], static: { text: a } } }
  - { id: good, match: { tool: list_roots }, effect: fallback, fallback: { cached: { max_age_s: 60, shared: true } } }
`);
    const said = warnings.map(printProblem).filter((line) => line.includes('fallback'));
    assert.equal(said.length, 2);
    assert.match(said[0] ?? '', /callers of "files" cannot be told apart, so nothing is kept for them/);
    assert.match(said[1] ?? '', /"files" has no breaker that could be open/);
  });
});
