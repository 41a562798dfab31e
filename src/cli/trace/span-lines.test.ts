import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { type FoundSpan, foundSpans } from './found-span.ts';
import { spanLines } from './span-lines.ts';

function span(spanId: string, parentId: string, more: Partial<FoundSpan> = {}): FoundSpan {
  return {
    spanId,
    parentId,
    name: spanId,
    kind: 'internal',
    service: '',
    startMs: 0,
    endMs: 1,
    failed: false,
    ...more,
  };
}

const TRACE = [
  span('agent', ''),
  span('call', 'agent', { kind: 'server', service: 'sallyport' }),
  span('policy', 'call'),
  span('trip', 'call', { failed: true }),
  span('tool', 'trip'),
  span('elsewhere', 'agent'),
  span('deep', 'elsewhere'),
];

suite('spanLines()', () => {
  test('shows what is above a call and what is below it, each by its place, and counts the rest', () => {
    const { lines, others } = spanLines(TRACE, 'call');
    assert.deepEqual(lines.map(({ text }) => text).toSorted(), [
      '      internal  tool  1.00 ms  span=tool  parent=trip',
      '    internal  policy  1.00 ms  span=policy  parent=call',
      '    internal  trip  1.00 ms  failed  span=trip  parent=call',
      '  server  call  1.00 ms  service=sallyport  span=call  parent=agent',
      'internal  agent  1.00 ms  span=agent',
    ]);
    assert.equal(others, 2);
  });

  test('shows all of a trace where the span of the call is not in it', () => {
    assert.deepEqual([spanLines(TRACE, 'gone').lines.length, spanLines(TRACE, 'gone').others], [7, 0]);
    assert.equal(spanLines(TRACE, undefined).lines.length, 7);
  });

  test('comes to an end whatever ids there are, and shows no span twice', () => {
    const id = fc.constantFrom('a', 'b', 'c', '', '__proto__');
    fc.assert(
      fc.property(fc.array(fc.tuple(id, id)), id, (pairs, call) => {
        const spans = pairs.map(([spanId, parentId]) => span(spanId, parentId));
        const { lines, others } = spanLines(spans, call);
        assert.ok(lines.length + others <= spans.length);
      }),
    );
  });

  test('has no control character of a name', () => {
    const [line] = spanLines([span('a', '', { name: 'x\u001b[31m\ny' })], undefined).lines;
    assert.doesNotMatch(line?.text ?? '', /\p{Cc}/u);
  });
});

suite('foundSpans()', () => {
  test('reads those of one trace, with who sent them', () => {
    const own = { traceId: 't', spanId: 's', name: 'n', kind: 2, startTimeUnixNano: '2000000', status: { code: 2 } };
    const line = {
      resourceSpans: [
        {
          resource: { attributes: [{ key: 'service.name', value: { stringValue: 'agent' } }] },
          scopeSpans: [{ spans: [own, { ...own, traceId: 'u' }] }],
        },
      ],
    };
    assert.deepEqual(foundSpans(line, 't'), [
      { spanId: 's', parentId: '', name: 'n', kind: 'server', service: 'agent', startMs: 2, endMs: 0, failed: true },
    ]);
  });

  test('have a time that a date can hold', () => {
    const far = { traceId: 't', name: 'n', startTimeUnixNano: '1e300', endTimeUnixNano: '-1e300' };
    const [found] = foundSpans({ resourceSpans: [{ scopeSpans: [{ spans: [far] }] }] }, 't');
    assert.deepEqual([found?.startMs, found?.endMs], [0, 0]);
  });

  test('takes anything for a line', () => {
    fc.assert(
      fc.property(fc.anything(), (resourceSpans) => {
        foundSpans({ resourceSpans }, 't');
      }),
    );
  });
});
