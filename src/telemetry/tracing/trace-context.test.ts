import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { readTraceContext, writeTraceparent } from './trace-context.ts';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const SPAN = 'b7ad6b7169203331';
const hex = (digits: number): fc.Arbitrary<string> =>
  fc.stringMatching(new RegExp(`^[0-9a-f]{${digits}}$`)).filter((text) => !/^0+$/.test(text));

suite('readTraceContext()', () => {
  test('reads what is written', () => {
    fc.assert(
      fc.property(hex(32), hex(16), fc.boolean(), (traceId, spanId, sampled) => {
        const read = readTraceContext(writeTraceparent(traceId, spanId, sampled));
        assert.deepEqual(read, { traceId, spanId, sampled, state: undefined });
      }),
    );
  });

  test('reads later versions by what they share with the first', () => {
    const place = { traceId: TRACE, spanId: SPAN, sampled: true, state: undefined };
    for (const rest of ['', '-', '-more-of-it']) {
      assert.deepEqual(readTraceContext(`cc-${TRACE}-${SPAN}-03${rest}`), place, rest);
    }
  });

  test('reads nothing that is not one', () => {
    for (const text of [
      '',
      `00-${TRACE}-${SPAN}`,
      `ff-${TRACE}-${SPAN}-01`,
      `00-${TRACE}-${SPAN}-01-more`,
      `00-${TRACE.toUpperCase()}-${SPAN}-01`,
      `00-${'0'.repeat(32)}-${SPAN}-01`,
      `00-${TRACE}-${'0'.repeat(16)}-01`,
      ` 00-${TRACE}-${SPAN}-01`,
      `00-${TRACE}-${SPAN}-01\n`,
      `00-${TRACE}-${SPAN}-0`,
      `cc-${TRACE}-${SPAN}-01-${'x'.repeat(300)}`,
    ]) {
      assert.equal(readTraceContext(text), undefined, text);
    }
  });

  test('never throws, whatever it is given', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (parent, state) => {
        readTraceContext(parent, state);
      }),
    );
  });

  test('has no state that could not be sent on', () => {
    const stateOf = (text: string): string | undefined => readTraceContext(`00-${TRACE}-${SPAN}-01`, text)?.state;
    assert.equal(stateOf('a=1,b=2'), 'a=1,b=2');
    for (const text of ['', 'a=1\r\nx-admin: 1', 'a=\u{e9}', 'a='.padEnd(513, 'x')])
      assert.equal(stateOf(text), undefined);
  });
});
