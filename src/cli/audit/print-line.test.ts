import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { RECORD_TYPES, type RecordKind } from '../../audit/record-shape.ts';
import { printLine } from './print-line.ts';

function line(kind: RecordKind, data: object): string {
  return printLine({
    data,
    datacontenttype: 'application/json',
    id: 'd/x',
    sequence: '0000000000000001',
    source: 'urn:sallyport:test',
    specversion: '1.0',
    time: '2027-01-15T08:00:00.000Z',
    type: RECORD_TYPES[kind],
  });
}

suite('printLine()', () => {
  test('shows counts without what moves the cursor or turns the direction', () => {
    const counts = [{ caller: 'a\u009b31m\u202e', count: 1, reason: 'limit.rate' }];
    assert.match(line('refusals', { counts }), /counted \[\{"caller":"a\\u\{9b\}31m\\u\{202e\}"/);
    assert.match(line('gap', { lost: { '\u009b': 1 }, why: '' }), /lost \{"\\u\{9b\}":1\}/);
  });

  test('shows a record of a type that is none of ours', () => {
    const record = { data: { decision_id: 'd' }, time: '2027-01-15T08:00:00.000Z', type: 'constructor' };
    assert.equal(printLine(record as never), '2027-01-15T08:00:00.000Z  constructor  d');
  });

  test('names the HTTP operation of what has no method', () => {
    const stream = { server: 'files', method: '', operation: 'http/get-stream', http_method: 'GET' };
    assert.match(line('intent', stream), /allow {2}files http\/get-stream$/);
  });

  test('says how often a call was tried, and what stood in for its answer', () => {
    const outcome = { decision_id: 'd', kind: 'upstream-failed', duration_ms: 3, attempts: 3 };
    assert.match(line('outcome', outcome), /upstream-failed {2}attempts 3 {2}3 ms$/);
    const fallback = { rule: 'kept', source: 'cached', age_ms: 5 };
    assert.match(line('outcome', { ...outcome, fallback }), /attempts 3 {2}fallback kept {2}3 ms$/);
    const refusal = { verdict: 'deny', reason: 'breaker.open', server: 'files', method: 'tools/call', fallback };
    assert.match(line('refusal', refusal), /fallback kept$/);
  });

  test('shows a caller as issuer and subject, and without them the principal', () => {
    const caller = { principal: '["https://idp.example","alice"]', issuer: 'https://idp.example', subject: 'alice' };
    assert.match(
      line('intent', { server: 'files', method: 'ping', caller }),
      /ping {2}by https:\/\/idp\.example alice$/,
    );
    const anonymous = { principal: 'anonymous' };
    assert.match(line('intent', { server: 'files', method: 'ping', caller: anonymous }), /by anonymous$/);
  });
});
