import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import type { JsonObject } from '../kit/json.ts';
import { editBody } from './edit-body.ts';
import { findSpan } from './find-span.ts';
import { parseJson } from './parse-json.ts';
import { type TraceMembers, traceReplacements } from './trace-members.ts';

const OUT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
const SAMPLED: TraceMembers = { traceparent: OUT, sampled: true, trusted: false };

/** The message with what is said of the trace. */
function told(message: string, members: TraceMembers, kind: 'request' | 'notification' = 'request'): string {
  const body = Buffer.from(message);
  const spanOf = (path: readonly (string | number)[]) => findSpan(body, path);
  const read = parseJson(body);
  assert.ok(read.kind === 'json');
  const params = ((read.value as JsonObject).get('params') ?? new Map()) as JsonObject;
  const call = { kind, params, spanOf, body };
  return Buffer.from(editBody(call, [], traceReplacements(call, members))).toString();
}

suite('traceReplacements()', () => {
  test('puts it first into what is there', () => {
    assert.equal(told('{"params":{"a":1.0}}', SAMPLED), `{"params":{"_meta":{"traceparent":"${OUT}"},"a":1.0}}`);
    assert.equal(told('{"params":{}}', SAMPLED), `{"params":{"_meta":{"traceparent":"${OUT}"}}}`);
    assert.equal(told('{"params":{"_meta":{}}}', SAMPLED), `{"params":{"_meta":{"traceparent":"${OUT}"}}}`);
    const state = { ...SAMPLED, trusted: true, tracestate: 'a="1"' };
    assert.equal(
      told('{"params":{ "_meta" : { "x": 1 } }}', state),
      `{"params":{ "_meta" : {"traceparent":"${OUT}","tracestate":"a=\\"1\\"", "x": 1 } }}`,
    );
  });

  test('takes the place of what the caller said', () => {
    const message = '{"params":{"_meta":{"baggage":"k=v","traceparent":"old","tracestate":"s"}}}';
    const [baggage, state] = ['"baggage":""', '"tracestate":""'];
    assert.equal(told(message, SAMPLED), `{"params":{"_meta":{${baggage},"traceparent":"${OUT}",${state}}}}`);
    const trusted = { ...SAMPLED, trusted: true, tracestate: 's2' };
    assert.equal(
      told(message, trusted),
      `{"params":{"_meta":{"baggage":"k=v","traceparent":"${OUT}","tracestate":"s2"}}}`,
    );
  });

  test('says nothing where nothing has to be said, and replaces what would go on', () => {
    const quiet = { ...SAMPLED, sampled: false };
    for (const message of ['{"params":{"a":1}}', '{"params":{"_meta":{"x":1}}}'])
      assert.equal(told(message, quiet), message);
    assert.match(told('{"params":{"_meta":{"traceparent":"old"}}}', quiet), new RegExp(OUT));
    assert.equal(told('{"params":{"a":1}}', SAMPLED, 'notification'), '{"params":{"a":1}}');
    assert.equal(told('{"method":"ping"}', SAMPLED), '{"method":"ping"}');
    assert.equal(told('{"params":{"_meta":7}}', SAMPLED), '{"params":{"_meta":7}}');
  });

  test('changes nothing else of any message', () => {
    // The reader refuses it at any depth.
    const value = fc.jsonValue({ maxDepth: 2 }).filter((one) => !JSON.stringify(one).includes('__proto__'));
    const name = fc.string().filter((text) => text !== '__proto__');
    const members = fc.dictionary(name, value, { maxKeys: 4, noNullPrototype: true });
    fc.assert(
      fc.property(members, members, (args, meta) => {
        const text = JSON.stringify({ jsonrpc: '2.0', id: 1, params: { name: 'x', arguments: args, _meta: meta } });
        const before = JSON.parse(text) as { params: { _meta: Record<string, unknown> } };
        const after = JSON.parse(told(text, SAMPLED)) as typeof before;
        const { traceparent, ...others } = after.params._meta;
        assert.equal(traceparent, OUT);
        const { traceparent: _old, ...rest } = before.params._meta;
        const baggage = 'baggage' in rest ? { baggage: '' } : {};
        const state = 'tracestate' in rest ? { tracestate: '' } : {};
        assert.deepEqual(
          { ...after, params: { ...after.params, _meta: others } },
          {
            ...before,
            params: { ...before.params, _meta: { ...rest, ...baggage, ...state } },
          },
        );
      }),
    );
  });
});
