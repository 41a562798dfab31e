import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { readReply } from './read-reply.ts';

function kindOf(text: string | Uint8Array): string | undefined {
  return readReply(Buffer.from(text))?.kind;
}

suite('readReply()', () => {
  test('classes a message by what it says', () => {
    assert.equal(kindOf('{"jsonrpc":"2.0","id":1,"result":{}}'), 'result');
    assert.equal(kindOf('{"jsonrpc":"2.0","id":1,"error":{"code":-1,"message":""}}'), 'error');
    assert.equal(kindOf('{"jsonrpc":"2.0","id":null,"error":{"code":-1,"message":""}}'), 'error');
    assert.equal(kindOf('{"jsonrpc":"2.0","id":1,"method":"ping"}'), 'request');
    assert.equal(kindOf('{"jsonrpc":"2.0","method":"notifications/progress","params":{}}'), 'notification');
  });

  test('reads a tool result with numbers and escapes that the strict reader refuses', () => {
    assert.equal(
      kindOf(
        '{"id":1,"result":{"content":[{"n":12345678901234567890,"s":"\\ud800"}],"structuredContent":{"a":1,"a":2}}}',
      ),
      'result',
    );
  });

  const refused = {
    'a batch': '[{"id":1,"result":{}}]',
    'a result twice': '{"id":1,"result":{},"result":{"tools":[]}}',
    'a result twice, once escaped': '{"id":1,"result":{},"r\\u0065sult":{}}',
    'a result in capitals beside the real one': '{"id":1,"result":{},"Result":{}}',
    'a result with a long s': '{"id":1,"re\u017fult":{}}',
    'an id in other case': '{"ID":2,"id":1,"result":{}}',
    'a list member twice': '{"id":1,"result":{"tools":[],"tools":[1]}}',
    'a list member in other case': '{"id":1,"result":{"Tools":[1],"tools":[]}}',
    'a task in other case': '{"id":1,"result":{"TaskId":"x"}}',
    'a task id in other case, in a task': '{"id":1,"result":{"task":{"taskId":"x","TaskId":"y"}}}',
    'a task id in other case, in _meta':
      '{"id":1,"result":{"_meta":{"io.modelcontextprotocol/related-task":{"TaskId":"y"}}}}',
    'task ids in other case': '{"method":"x","params":{"notifications":{"TaskIds":["y"]}}}',
    'a method beside a result': '{"id":1,"method":"ping","result":{}}',
    'an error beside a result': '{"id":1,"error":{},"result":{}}',
    'none of them': '{"id":1}',
    'a result without an id': '{"result":{}}',
    'a method that is no string': '{"method":1}',
    'text behind the message': '{"id":1,"result":{}}{"id":1,"result":{}}',
    'a byte order mark': '\ufeff{"id":1,"result":{}}',
    'another encoding': Buffer.from('{"id":1,"result":{}}', 'utf16le'),
    'invalid UTF-8': Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]),
    'a half message': '{"id":1,"result":{',
    'no JSON': 'hello',
  };
  for (const [what, text] of Object.entries(refused)) {
    test(`refuses ${what}`, () => assert.equal(kindOf(text), undefined));
  }

  test('never throws', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => void readReply(bytes)));
    fc.assert(fc.property(fc.json(), (text) => void readReply(Buffer.from(text))));
  });
});
