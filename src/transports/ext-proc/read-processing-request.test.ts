import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { testAgreement } from '../envoy/oracle-agreement.fixture.ts';
import { deepStruct, field, mapEntry, number, UNKNOWN_FIELDS, wrapped } from '../envoy/wire.fixture.ts';
import { encodeProcessingRequest, oracleProcessingRequest } from './processing-oracle.fixture.ts';
import type { ProcessingRequest } from './processing-request.ts';
import { mutatedRequests, processingRequests, rearrangedRequests } from './processing-requests.fixture.ts';
import { readProcessingRequest } from './read-processing-request.ts';
import { RECORDED } from './recorded.fixture.ts';

/** Reads what must be readable. */
function read(bytes: Uint8Array): ProcessingRequest {
  const found = readProcessingRequest(bytes);
  assert.ok(found.kind === 'processing', JSON.stringify(found));
  return found;
}

function why(bytes: Uint8Array): string {
  const found = readProcessingRequest(bytes);
  return found.kind === 'refused' ? found.why : 'read';
}

const header = (...content: Uint8Array[]): Buffer => field(2, field(1, field(1, ...content)));
const attribute = (...value: Uint8Array[]): Buffer =>
  field(9, field(1, 'n'), field(2, field(1, field(1, 'k'), field(2, ...value))));

suite('readProcessingRequest()', () => {
  test('reads the headers that Envoy sends, and what it knows beside them', () => {
    const { message, attributes, metadata, observabilityMode, protocol } = read(RECORDED.requestHeaders);
    assert.deepEqual(message, {
      kind: 'request-headers',
      headers: [
        [':authority', '127.0.0.1:42159'],
        [':path', '/plain'],
        [':method', 'POST'],
        [':scheme', 'http'],
        ['content-type', 'application/json'],
        ['x-gone', '1'],
        ['content-length', '7'],
        ['x-forwarded-proto', 'http'],
        ['x-request-id', '92841b5b-48f8-4bd4-ad07-10c114c882ff'],
      ],
      endOfStream: false,
    });
    assert.deepEqual(
      attributes,
      new Map([
        [
          'envoy.filters.http.ext_proc',
          new Map<string, boolean | string>([
            ['connection.mtls', false],
            ['source.address', '127.0.0.1:41156'],
            ['xds.route_name', 'files'],
          ]),
        ],
      ]),
    );
    assert.deepEqual([metadata, observabilityMode], [new Map(), false]);
    assert.deepEqual(protocol, { requestBodyMode: 'NONE', responseBodyMode: 'NONE', bodyBeforeHeadersReply: false });
  });

  test('reads the rest of an exchange as Envoy sends it', () => {
    const { requestBody, responseHeaders, responseBody, lastPiece } = RECORDED;
    const [asked, answered, replied, end] = [requestBody, responseHeaders, responseBody, lastPiece].map(
      (bytes) => read(bytes).message,
    );
    assert.deepEqual(asked, { kind: 'request-body', body: Buffer.from('{"a":1}'), endOfStream: true });
    assert.partialDeepStrictEqual(answered, { kind: 'response-headers', endOfStream: false });
    assert.deepEqual(replied, { kind: 'response-body', body: Buffer.from('{"ok":true}'), endOfStream: true });
    assert.deepEqual(end, { kind: 'response-body', body: Buffer.alloc(0), endOfStream: true });
    assert.equal(read(responseBody).protocol, undefined);
  });

  const variants: readonly [what: string, bytes: Buffer, message: ProcessingRequest['message']][] = [
    ['request headers', field(2), { kind: 'request-headers', headers: [], endOfStream: false }],
    ['response headers', field(3, number(3, 1)), { kind: 'response-headers', headers: [], endOfStream: true }],
    ['a request body', field(4, field(1, 'a')), { kind: 'request-body', body: Buffer.from('a'), endOfStream: false }],
    ['a response body', field(5, number(2, 1)), { kind: 'response-body', body: Buffer.alloc(0), endOfStream: true }],
    ['request trailers', field(6, field(1)), { kind: 'request-trailers' }],
    ['response trailers', field(7), { kind: 'response-trailers' }],
    ['no bytes', Buffer.alloc(0), { kind: 'nothing' }],
    ['window updates alone', Buffer.concat([field(12), field(13, number(1, 9))]), { kind: 'nothing' }],
  ];

  for (const [what, bytes, message] of variants) {
    test(`reads ${what}`, () => {
      assert.deepEqual(read(bytes).message, message);
    });
  }

  test('reads a header value from whichever form it is in, and its bytes as Latin-1', () => {
    const headers = [{ key: 'a', raw_value: Buffer.from([0xff, 0xfe]) }, { key: 'b', value: 'ü' }, { key: 'c' }];
    const { message } = read(encodeProcessingRequest({ response_headers: { headers: { headers } } }));
    assert.partialDeepStrictEqual(message, {
      headers: [
        ['a', '\xff\xfe'],
        ['b', '\xc3\xbc'],
        ['c', ''],
      ],
    });
  });

  test('says when Envoy waits for no answer, and how it is configured', () => {
    const found = read(Buffer.concat([number(10, 1), field(11, number(1, 2), number(2, 4), number(3, 1))]));
    assert.partialDeepStrictEqual(found, {
      observabilityMode: true,
      protocol: { requestBodyMode: 'BUFFERED', responseBodyMode: 'FULL_DUPLEX_STREAMED', bodyBeforeHeadersReply: true },
    });
  });

  test('lets the last of repeated numbers, bodies and map keys win', () => {
    const body = read(field(4, field(1, 'a'), field(1, 'b'), number(2, 1), number(2, 0)));
    assert.deepEqual(body.message, { kind: 'request-body', body: Buffer.from('b'), endOfStream: false });
    const twice = read(Buffer.concat([attribute(field(3, 'a')), attribute(field(3, 'b'))]));
    assert.deepEqual(twice.attributes, new Map([['n', new Map([['k', 'b']])]]));
  });

  test('passes over fields that it does not know', () => {
    const parts = [UNKNOWN_FIELDS, field(4, UNKNOWN_FIELDS, field(1, 'a'), UNKNOWN_FIELDS), UNKNOWN_FIELDS];
    assert.partialDeepStrictEqual(read(Buffer.concat(parts)).message, {
      kind: 'request-body',
      body: Buffer.from('a'),
    });
  });

  test('reads names that objects have as mere keys', () => {
    const names = ['__proto__', 'constructor', 'toString'];
    const entries = names.map((name) =>
      field(9, field(1, name), field(2, field(1, field(1, name), field(2, field(3, 'x'))))),
    );
    const found = read(Buffer.concat(entries));
    assert.deepEqual(found.attributes, new Map(names.map((name) => [name, new Map([[name, 'x']])])));
    assert.equal(Object.hasOwn(Object.prototype, 'x'), false);
  });

  test('reads large bodies as a view, not as a copy', () => {
    const bytes = encodeProcessingRequest({ response_body: { body: Buffer.alloc(3_000_000, 'x') } });
    const { message } = read(bytes);
    assert.ok(message.kind === 'response-body');
    assert.deepEqual([message.body.length, message.body.buffer === bytes.buffer], [3_000_000, true]);
  });

  const refused: readonly [what: string, bytes: Uint8Array, why: RegExp][] = [
    ['two messages in one', Buffer.concat([field(2), field(3)]), /twice/],
    ['a message and its reply in one', Buffer.concat([field(4), field(5)]), /twice/],
    ['headers twice', Buffer.concat([field(2), field(2)]), /twice/],
    ['trailers twice', Buffer.concat([field(6), field(6)]), /twice/],
    ['a header list twice', field(2, field(1), field(1)), /twice/],
    ['metadata twice', Buffer.concat([field(8), field(8)]), /twice/],
    ['a protocol twice', Buffer.concat([field(11), field(11)]), /twice/],
    ['an attribute of two values', field(9, field(1, 'n'), field(2), field(2)), /twice/],
    ['an attribute without value', field(9, field(1, 'n')), /without its value/],
    ['an attribute of no kind', attribute(), /no kind/],
    ['an attribute of two kinds', attribute(field(3, 'a'), number(4, 1)), /twice/],
    ['an attribute that is no number of JSON', attribute(Buffer.from([0x11, 0, 0, 0, 0, 0, 0, 0xf0, 0x7f])), /JSON/],
    ['headers that are a number', number(2, 1), /another field type/],
    ['a body that is a number', field(4, number(1, 1)), /another field type/],
    ['an end that is text', field(4, field(2, 'x')), /another field type/],
    ['an end of 2', field(4, number(2, 2)), /neither/],
    ['a wish for no answer of 2', number(10, 2), /neither/],
    ['a mode that does not exist', field(11, number(1, 6)), /mode of a body/],
    ['a header value in both forms', header(field(1, 'a'), field(2, 'b'), field(3, 'c')), /both forms/],
    ['a header without name', header(field(3, 'c')), /header name/],
    ['a header name in upper case', header(field(1, 'A')), /header name/],
    ['a header name with a line break', header(field(1, 'a\r\nb')), /header name/],
    ['a header name that is not UTF-8', header(field(1, Buffer.from([0xff]))), /UTF-8/],
    ['a length beyond the end', Buffer.from([0x12, 5, 0x0a]), /beyond/],
    ['a length beyond its message', field(4, Buffer.from([0x0a, 9, 0x61])), /beyond/],
    ['a group', Buffer.from([0x13, 0x14]), /another field type/],
    ['a group within trailers', field(6, Buffer.from([0x0b, 0x0c])), /group/],
    ['field number 0', Buffer.from([0x02, 0]), /number 0/],
  ];

  for (const [what, bytes, reason] of refused) {
    test(`refuses ${what}`, () => {
      assert.match(why(bytes), reason);
    });
  }

  test('refuses every message that breaks off, or reads a shorter one', () => {
    for (const whole of Object.values(RECORDED)) {
      const fields = new Set([0, whole.length]);
      for (let end = 0; end <= whole.length; end++) {
        const found = readProcessingRequest(whole.subarray(0, end));
        fields.delete(found.kind === 'processing' ? end : -1);
      }
      assert.deepEqual([...fields], []);
    }
  });

  test('refuses more headers, attributes, values and depth than anybody sends', () => {
    const headers = Array.from({ length: 513 }, () => ({ key: 'a' }));
    const attributes = Object.fromEntries(Array.from({ length: 513 }, (_, index) => [`k${index}`, { fields: {} }]));
    const deep = mapEntry(9, 'a', deepStruct(2000));
    const wide = { listValue: { values: Array.from({ length: 4096 }, () => ({ boolValue: true })) } };
    const cases: readonly [object, RegExp][] = [
      [{ response_headers: { headers: { headers } } }, /too many headers/],
      [{ attributes }, /too many entries/],
      [{ attributes: { a: { fields: { b: wide } } } }, /too much/],
    ];
    for (const [value, reason] of cases) assert.match(why(encodeProcessingRequest(value)), reason);
    assert.match(why(deep), /too deep/);
    assert.match(why(wrapped(8, mapEntry(1, 'a', deepStruct(32)))), /too deep/);
    assert.equal(why(wrapped(8, mapEntry(1, 'a', deepStruct(31)))), 'read');
  });
});

testAgreement<ProcessingRequest>({
  name: 'readProcessingRequest()',
  read: readProcessingRequest,
  oracle: oracleProcessingRequest,
  wellFormed: processingRequests,
  changedBytes: mutatedRequests(),
  changedFields: rearrangedRequests(),
  leastRead: 1 / 100,
});
