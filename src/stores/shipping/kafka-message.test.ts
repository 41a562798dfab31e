import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { kafkaMessage } from './kafka-message.ts';

const TRACE = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
const DATA = '{"decision_id":"d1","note":",\\"datacontenttype\\":\\"application/json\\",\\"id\\":"}';
const text = (data: string, more = ''): string =>
  `{"data":${data},"datacontenttype":"application/json","id":"d1/intent","sequence":"0000000000000042","source":"urn:sallyport:a","specversion":"1.0","time":"2026-11-25T08:00:00.001Z",${more}"type":"dev.sallyport.call.intent.v1"}`;

suite('kafkaMessage()', () => {
  test('has the attributes in headers and data as the value in binary mode', () => {
    assert.deepEqual(kafkaMessage(text(DATA, `"traceparent":"${TRACE}",`), 'binary'), {
      key: 'd1',
      value: DATA,
      headers: {
        'content-type': 'application/json',
        'ce_specversion': '1.0',
        'ce_id': 'd1/intent',
        'ce_source': 'urn:sallyport:a',
        'ce_type': 'dev.sallyport.call.intent.v1',
        'ce_time': '2026-11-25T08:00:00.001Z',
        'ce_sequence': '0000000000000042',
        'ce_traceparent': TRACE,
        'traceparent': TRACE,
      },
      timestamp: BigInt(Date.UTC(2026, 10, 25, 8, 0, 0, 1)),
    });
  });

  test('has the whole record as the value in structured mode', () => {
    const record = text(DATA, `"traceparent":"${TRACE}",`);
    const { value, headers } = kafkaMessage(record, 'structured');
    assert.equal(value, record);
    assert.deepEqual(headers, {
      'content-type': 'application/cloudevents+json; charset=UTF-8',
      'traceparent': TRACE,
    });
  });

  test('keys what is of no decision by where it comes from, and has no trace where there is none', () => {
    const { key, value, headers } = kafkaMessage(text('{"action":"stop.set"}'), 'binary');
    assert.deepEqual([key, value], ['urn:sallyport:a', '{"action":"stop.set"}']);
    assert.deepEqual(
      Object.keys(headers).filter((name) => name.includes('trace')),
      [],
    );
  });
});
