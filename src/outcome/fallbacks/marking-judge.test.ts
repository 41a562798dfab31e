import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Judged, ReplyJudge } from '../reply-judge.ts';
import { markingJudge } from './marking-judge.ts';

/** What becomes of a message whose own judgement is `own`, as text. */
function judged(text: string, own: Judged = { kind: 'pass' }): string {
  const judge: ReplyJudge = { seen: { toolError: false }, judge: () => own };
  const marking = markingJudge(judge, '"m/x":{}');
  assert.deepEqual(marking.seen, { toolError: false });
  const said = marking.judge(Buffer.from(text));
  return said.kind === 'replace' ? Buffer.from(said.bytes).toString() : said.kind;
}

suite('markingJudge()', () => {
  const rows = [
    ['{"id":1,"result":{}}', '{"id":1,"result":{"_meta":{"m/x":{}}}}'],
    ['{"id":1,"result":{ "n":1.0}}', '{"id":1,"result":{"_meta":{"m/x":{}}, "n":1.0}}'],
    ['{"id":1,"result":{"a":1,"_meta":{}}}', '{"id":1,"result":{"a":1,"_meta":{"m/x":{}}}}'],
    ['{"id":1,"result":{"_meta":{"y":2}}}', '{"id":1,"result":{"_meta":{"m/x":{},"y":2}}}'],
    ['{"id":1,"result":{"_meta":null}}', 'reject'],
    ['{"id":1,"result":[]}', 'reject'],
    ['{"id":1,"result":{"_meta":{"sallyport/fallback":{}}}}', 'reject'],
    ['{"id":1,"error":{"code":1,"message":""}}', 'pass'],
    ['{"method":"notifications/progress","params":{}}', 'pass'],
  ] as const;
  for (const [message, expected] of rows) {
    test(`makes ${expected} of ${message}`, () => assert.equal(judged(message), expected));
  }

  test('marks what its judge has changed, and leaves what it refused', () => {
    const replaced = { kind: 'replace', bytes: Buffer.from('{"id":1,"result":{"a":2}}') } as const;
    assert.equal(judged('{"id":1,"result":{"a":1}}', replaced), '{"id":1,"result":{"_meta":{"m/x":{}},"a":2}}');
    assert.equal(judged('{"id":1,"result":{}}', { kind: 'drop' }), 'drop');
    assert.equal(judged('{"id":1,"result":{}}', { kind: 'reject', reason: 'reply.too-large' }), 'reject');
  });
});
