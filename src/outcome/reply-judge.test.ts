import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { serverConfig, serverWith } from '../catalogue/catalogue.fixture.ts';
import { facts } from '../decision/facts.fixture.ts';
import type { Price } from '../policy/count-spec.ts';
import { bench, sent } from './reply.fixture.ts';

const call = { operation: 'tools/call', treatment: 'tool', kind: 'request', id: 7 } as const;
const result = (fields: string): string => `{"jsonrpc":"2.0","id":7,"result":{${fields}}}`;

suite('createReplyJudge()', () => {
  test('passes a tool result byte for byte, whatever numbers and spacing it has', () => {
    const text =
      ' { "jsonrpc":"2.0", "id":7 , "result": {"content":[{"type":"text","text":"\\ud800 \u00e9"}],"structuredContent":{"n":1.0,"big":123456789012345678901234567890}}}\n';
    const judge = bench().judgeFor(call);
    assert.deepEqual(judge.judge(Buffer.from(text)), { kind: 'pass' });
    assert.deepEqual(judge.seen, { toolError: false });
  });

  test('passes any tool result that JSON.stringify writes', () => {
    const names = fc.constantFrom('content', 'structuredContent', 'isError', '_meta', 'tools', 'x');
    fc.assert(
      fc.property(fc.dictionary(names, fc.jsonValue({ maxDepth: 3 })), (fields) => {
        const text = JSON.stringify({ jsonrpc: '2.0', id: 7, result: fields });
        assert.deepEqual(bench().judgeFor(call).judge(Buffer.from(text)), { kind: 'pass' });
      }),
    );
  });

  test('learns from the final answer whether the tool failed', () => {
    const failed = bench().judgeFor(call);
    sent(failed, '{"jsonrpc":"2.0","method":"notifications/progress","params":{}}');
    assert.deepEqual(failed.seen, {});
    sent(failed, result('"content":[],"isError":true'));
    assert.deepEqual(failed.seen, { toolError: true });
    const refused = bench().judgeFor(call);
    sent(refused, '{"jsonrpc":"2.0","id":7,"error":{"code":-32602,"message":"no"}}');
    assert.deepEqual(refused.seen, { toolError: true, rpcErrorCode: -32602 });
  });

  test('learns from the answer to the call what it cost, when a rule asks', () => {
    const price: Price = { name: 'p', unit: 'tokens', estimate: 9, reply: { kind: 'result', pointer: '/n' } };
    const ruling = { ...facts.ruling, metering: { prices: [price] } };
    const judge = bench().judgeFor(call, { ruling });
    sent(judge, '{"jsonrpc":"2.0","method":"notifications/progress","params":{"structuredContent":{"n":1}}}');
    assert.deepEqual(judge.seen, {});
    sent(judge, result('"content":[],"structuredContent":{"n":4}'));
    assert.deepEqual(judge.seen, { toolError: false, costs: new Map([['p', 4]]) });
  });

  test('passes what a server may send before its answer', () => {
    const judge = bench().judgeFor(call);
    const messages = [
      { jsonrpc: '2.0', method: 'notifications/message', params: { level: 'info', data: 'x' } },
      { jsonrpc: '2.0', id: 1, method: 'elicitation/create', params: { message: 'Sure?' } },
      { jsonrpc: '2.0', id: 'a', method: 'sampling/createMessage', params: {} },
      { jsonrpc: '2.0', id: 2, method: 'roots/list' },
      { jsonrpc: '2.0', method: 'notifications/tools/list_changed' },
    ];
    for (const message of messages) assert.equal(sent(judge, message), JSON.stringify(message));
    assert.equal(sent(judge, ''), '');
  });

  test('passes initialize and server/discover results as they are', () => {
    const text = result('"capabilities":{"tools":{}},"ttlMs":5,"cacheScope":"public"');
    for (const operation of ['initialize', 'server/discover'] as const) {
      assert.equal(sent(bench().judgeFor({ ...call, operation, treatment: 'session' }), text), text);
    }
  });

  test('rejects an answer to another request', () => {
    for (const id of ['8', '"7"', 'null', '7.5', '[7]']) {
      assert.equal(
        sent(bench().judgeFor(call), `{"jsonrpc":"2.0","id":${id},"result":{}}`),
        'reject reply.unreadable',
        id,
      );
    }
    assert.notEqual(
      sent(bench().judgeFor({ ...call, id: 'a"b' }), '{"id":"a\\u0022b","result":{}}'),
      'reject reply.unreadable',
    );
  });

  test('passes an error that could not name the request', () => {
    const text = '{"jsonrpc":"2.0","id":null,"error":{"code":-32000,"message":"Bad Request"}}';
    assert.equal(sent(bench().judgeFor(call), text), text);
  });

  test('passes an answer to any request on a GET stream', () => {
    const stream = {
      ...call,
      kind: 'open-stream',
      operation: 'http/get-stream',
      treatment: 'stream',
      id: undefined,
    } as const;
    assert.equal(sent(bench().judgeFor(stream), result('"content":[]')), result('"content":[]'));
  });

  test('rejects a message that is too large', () => {
    const small = bench({ server: serverWith([], serverConfig({ max_reply_bytes: 1024 })) });
    assert.equal(sent(small.judgeFor(call), result(`"content":"${'x'.repeat(1024)}"`)), 'reject reply.too-large');
  });

  test('rejects a message of more values than are looked at', () => {
    const text = result(`"structuredContent":{"a":[${'1,'.repeat(250_000)}1]}`);
    assert.equal(sent(bench().judgeFor(call), text), 'reject reply.too-large');
  });

  test('rejects everything when a reload removed the server', () => {
    assert.equal(sent(bench().judgeFor({ ...call, server: 'gone' }), result('')), 'reject reply.unreadable');
  });

  test('rejects and reports when something throws', () => {
    const broken = bench({
      reach: () => {
        throw new Error('broken rule');
      },
    });
    const judge = broken.judgeFor({ ...call, operation: 'prompts/list', treatment: 'list' });
    assert.equal(sent(judge, result('"prompts":[{"name":"a"}]')), 'reject fault.internal');
    assert.match(String(broken.faults[0]), /broken rule/);
  });

  test('never throws, for any bytes', () => {
    const judge = bench().judgeFor({ ...call, operation: 'tools/list', treatment: 'list' });
    fc.assert(fc.property(fc.uint8Array(), (bytes) => void judge.judge(bytes)));
    const bodies = fc.record({
      id: fc.constant(7),
      result: fc.dictionary(
        fc.constantFrom('tools', 'tasks', 'task', 'taskId', 'requestState', 'ttlMs', 'cacheScope', '_meta'),
        fc.jsonValue(),
      ),
    });
    fc.assert(fc.property(bodies, (body) => void judge.judge(Buffer.from(JSON.stringify(body)))));
  });
});
