import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { fromPlain } from '../kit/json.ts';
import type { Call } from './call.ts';
import { readCall } from './read-call.ts';
import { CALL, callIn, legacyPost, modernPost, received, traits } from './received.fixture.ts';

/** The digest of arguments written like this. */
function digestOf(args: string): string {
  return callIn(
    `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a","arguments":${args}}}`,
  ).argsDigest();
}

suite('readCall()', () => {
  test('reads a legacy tool call whole', () => {
    const call = callIn(CALL);
    const { era, revision, kind, operation, treatment, method, id, target, args } = call;
    assert.deepEqual(
      { era, revision, kind, operation, treatment, method, id, target, args },
      {
        era: 'legacy',
        revision: '2025-11-25',
        kind: 'request',
        operation: 'tools/call',
        treatment: 'tool',
        method: 'tools/call',
        id: 1,
        target: { kind: 'tool', name: 'echo' },
        args: new Map([['text', 'hi']]),
      },
    );
    assert.deepEqual(call.params, fromPlain(CALL.params));
    assert.deepEqual(call.spanOf(['id']), { start: 22, end: 23 });
  });

  test('reads a modern tool call', () => {
    const read = readCall(modernPost('tools/call', { name: 'echo' }, [['mcp-name', 'echo']]), traits);
    assert.equal(read.kind, 'call');
    const { era, revision, args } = (read as { call: Call }).call;
    assert.deepEqual({ era, revision, args }, { era: 'modern', revision: '2026-07-28', args: new Map() });
  });

  test('digests the arguments, whatever their order and notation', () => {
    assert.equal(digestOf('{"a":1,"b":[]}'), digestOf('{ "b": [ ], "\\u0061": 1.0 }'));
    assert.notEqual(digestOf('{"a":1}'), digestOf('{"a":2}'));
    assert.equal(digestOf('{}'), '44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a');
  });

  test('keeps the received bytes as the body', () => {
    const exchange = legacyPost(CALL);
    const read = readCall(exchange, traits);
    assert.equal(read.kind === 'call' && read.call.body, exchange.body);
  });

  test('answers something for any bytes and any headers', () => {
    const value = fc.string({ unit: 'binary-ascii' });
    const name = fc.oneof(fc.constantFrom('content-type', 'mcp-method', 'mcp-name', 'mcp-protocol-version'), value);
    const headers = fc.array(fc.tuple(name, value));
    fc.assert(
      fc.property(
        headers,
        fc.uint8Array(),
        fc.constantFrom('POST', 'GET', 'DELETE', 'PUT', ''),
        (list, body, method) => {
          const read = readCall(received({ headers: list, body, httpMethod: method }), traits);
          assert.ok(read.kind === 'call' || typeof read.reason === 'string');
        },
      ),
    );
  });
});
