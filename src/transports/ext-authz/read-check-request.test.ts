import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { testAgreement } from '../envoy/oracle-agreement.fixture.ts';
import { field, UNKNOWN_FIELDS } from '../envoy/wire.fixture.ts';
import { checkRequests, ENVOY_CHECK, mutatedRequests, rearrangedRequests } from './check-requests.fixture.ts';
import { comparable, encodeCheckRequest, oracleCheckRequest } from './protobuf-oracle.fixture.ts';
import { type CheckRequest, readCheckRequest } from './read-check-request.ts';

/** Reads what must be readable. */
function read(value: object): CheckRequest {
  const found = readCheckRequest(encodeCheckRequest(value));
  assert.equal(found.kind, 'check');
  return found;
}

function why(bytes: Uint8Array): string {
  const found = readCheckRequest(bytes);
  return found.kind === 'refused' ? found.why : 'read';
}

const http = (...content: Uint8Array[]): Buffer => field(1, field(4, field(2, ...content)));
const peer = (...content: Uint8Array[]): Buffer => field(1, field(1, ...content));
const metadata = (...value: Uint8Array[]): Buffer =>
  field(1, field(11, field(1, field(1, 'n'), field(2, field(1, field(1, 'k'), field(2, ...value))))));

suite('readCheckRequest()', () => {
  test('reads what Envoy sends', () => {
    const check = read(ENVOY_CHECK);
    assert.deepEqual(check.source.address, { kind: 'socket', address: '10.0.0.7', port: 41_022 });
    assert.deepEqual(check.destination.address, { kind: 'socket', address: '10.0.0.9', port: 8700 });
    assert.equal(check.source.principal, 'spiffe://acme/agent/report');
    assert.match(check.source.certificate, /^-----BEGIN%20/);
    assert.deepEqual(
      [...check.contextExtensions],
      [
        ['server', 'files'],
        ['listener', 'agents'],
      ],
    );
    assert.deepEqual(check.metadata, new Map([['envoy.filters.http.mcp', new Map([['is_mcp_request', true]])]]));
    assert.equal(check.sni, 'files.example');
    const { headers, body, headersFrom, ...rest } = check.http ?? assert.fail();
    assert.deepEqual(rest, {
      id: '8123456789012345678',
      method: 'POST',
      path: '/mcp?x=1',
      host: 'files.example',
      scheme: 'https',
      protocol: 'HTTP/1.1',
      size: -1,
    });
    assert.equal(headersFrom, 'list');
    assert.deepEqual(
      headers.filter(([name]) => name === 'accept').map(([, value]) => value),
      ['application/json', 'text/event-stream'],
    );
    assert.deepEqual(headers.slice(-2), [
      ['x-raw', '\xff\xfe'],
      ['x-empty', ''],
    ]);
    assert.equal(Buffer.from(body ?? []).toString('latin1', 0, 17), '{"jsonrpc":"2.0",');
  });

  test('reads headers from the map when there is no list, and the body as text', () => {
    const check = read({
      attributes: { request: { http: { headers: { 'x-a': 'ü', ':path': '/' }, body: '{"a":"ü"}' } } },
    });
    assert.equal(check.http?.headersFrom, 'map');
    assert.deepEqual(check.http?.headers, [
      ['x-a', '\xc3\xbc'],
      [':path', '/'],
    ]);
    assert.deepEqual(Buffer.from(check.http?.body ?? []).toString(), '{"a":"ü"}');
  });

  test('says that a request, headers or a body were not there', () => {
    for (const bytes of [Buffer.alloc(0), field(1), field(1, field(4))]) {
      assert.partialDeepStrictEqual(readCheckRequest(bytes), { kind: 'check', http: undefined });
    }
    assert.partialDeepStrictEqual(readCheckRequest(http()), {
      kind: 'check',
      http: { headersFrom: 'none', headers: [], body: undefined, path: '' },
    });
  });

  test('lets the last of repeated texts and map keys win', () => {
    const twice = readCheckRequest(http(field(2, 'GET'), field(2, 'POST')));
    assert.partialDeepStrictEqual(twice, { kind: 'check', http: { method: 'POST' } });
    const entry = (value: string): Buffer => field(10, field(1, 'server'), field(2, value));
    const keys = readCheckRequest(field(1, entry('a'), entry('b')));
    assert.deepEqual(keys.kind === 'check' && keys.contextExtensions, new Map([['server', 'b']]));
  });

  test('passes over fields that it does not know', () => {
    const found = readCheckRequest(Buffer.concat([UNKNOWN_FIELDS, http(UNKNOWN_FIELDS, field(2, 'POST'))]));
    assert.partialDeepStrictEqual(found, { kind: 'check', http: { method: 'POST' } });
  });

  const refused: readonly [what: string, bytes: Uint8Array, why: RegExp][] = [
    ['a group in place of a message', Buffer.from([0x0b, 0x0c]), /another field type/],
    ['the end of a group', Buffer.from([0x14]), /group/],
    ['a group of an unknown field', Buffer.from([0xfb, 0x07, 0xfc, 0x07]), /group/],
    ['wire types 6 and 7', Buffer.from([0x7e]), /group or unknown/],
    ['field number 0', Buffer.from([0x02, 0]), /number 0/],
    ['a known field of another wire type', Buffer.from([0x08, 1]), /another field type/],
    ['a length beyond the end', Buffer.from([0x0a, 5, 1]), /beyond/],
    ['a length beyond its message', http(Buffer.from([0x12, 100, 65])), /beyond/],
    ['a length of more than 32 bits', Buffer.from([0x0a, 0xff, 0xff, 0xff, 0xff, 0x1f]), /32 bits/],
    ['a length of many bytes', Buffer.from([0x0a, 0x81, 0x80, 0x80, 0x80, 0x80, 0x00]), /32 bits/],
    [
      'a number of more than 64 bits',
      http(Buffer.from([0x48, ...Array.from({ length: 10 }, () => 0xff), 1])),
      /64 bits/,
    ],
    ['a tag that breaks off', Buffer.from([0x8a]), /ends within/],
    ['a value that breaks off', http(Buffer.from([0x48, 0x80])), /ends within/],
    ['text that is not UTF-8', http(field(4, Buffer.from([0xff]))), /UTF-8/],
    ['a body as text that is not UTF-8', http(field(11, Buffer.from([0xc3]))), /UTF-8/],
    ['surrogates in UTF-8', http(field(5, Buffer.from([0xed, 0xa0, 0x80]))), /UTF-8/],
    ['overlong UTF-8', http(field(5, Buffer.from([0xc0, 0x80]))), /UTF-8/],
    ['attributes twice', Buffer.concat([field(1), field(1)]), /twice/],
    ['a request twice', field(1, field(4), field(4)), /twice/],
    ['an HTTP request twice', field(1, field(4, field(2), field(2))), /twice/],
    ['a peer twice', field(1, field(1), field(1)), /twice/],
    ['a TLS session twice', field(1, field(12), field(12)), /twice/],
    ['two kinds of address', peer(field(1, field(1), field(2))), /twice/],
    ['a map entry with two values', field(1, field(10, field(1, 'a'), field(2, 'b'), field(2, 'c'))), /twice/],
    ['metadata without its value', field(1, field(11, field(1, field(1, 'n')))), /without its value/],
    ['headers in both forms', http(field(3, field(1, 'a')), field(13)), /both forms/],
    ['a header list twice', http(field(13), field(13)), /twice/],
    ['a body in both forms', http(field(11, 'a'), field(12, 'a')), /both forms/],
    [
      'a header value in both forms',
      http(field(13, field(1, field(1, 'a'), field(2, 'b'), field(3, 'b')))),
      /both forms/,
    ],
    ['a header name in upper case', http(field(13, field(1, field(1, 'A')))), /header name/],
    ['a header without name', http(field(13, field(1, field(2, 'b')))), /header name/],
    ['a header name with a line break', http(field(3, field(1, 'a\r\nb'))), /header name/],
    ['metadata of no kind', metadata(), /no kind/],
    ['metadata of two kinds', metadata(field(3, 'a'), field(3, 'b')), /twice/],
    ['metadata that is NaN', metadata(Buffer.from([0x11, 0, 0, 0, 0, 0, 0, 0xf8, 0x7f])), /JSON/],
    ['a boolean of 2', metadata(Buffer.from([0x20, 2])), /neither/],
  ];

  for (const [what, bytes, reason] of refused) {
    test(`refuses ${what}`, () => {
      assert.match(why(bytes), reason);
    });
  }

  test('refuses more headers, map entries, and depth of metadata than anybody sends', () => {
    const many = { headers: Array.from({ length: 513 }, () => ({ key: 'a' })) };
    const extensions = Object.fromEntries(Array.from({ length: 513 }, (_, index) => [`k${index}`, '']));
    let deep: object = { boolValue: true };
    for (let depth = 0; depth < 33; depth++) deep = { listValue: { values: [deep] } };
    const wide = { listValue: { values: Array.from({ length: 4096 }, () => ({ boolValue: true })) } };
    const values = [deep, wide].map((value) => ({
      metadata_context: { filter_metadata: { a: { fields: { b: value } } } },
    }));
    const cases: readonly [object, RegExp][] = [
      [{ request: { http: { header_map: many } } }, /too many headers/],
      [{ context_extensions: extensions }, /too many entries/],
      ...values.map((value, index): [object, RegExp] => [value, [/too deep/, /too much/][index] ?? /./]),
    ];
    for (const [attributes, reason] of cases) assert.match(why(encodeCheckRequest({ attributes })), reason);
  });

  test('reads a name that objects have as a mere key', () => {
    const found = readCheckRequest(field(1, field(10, field(1, '__proto__'), field(2, 'x'))));
    assert.deepEqual(found.kind === 'check' && found.contextExtensions, new Map([['__proto__', 'x']]));
    assert.equal(Object.hasOwn(Object.prototype, 'x'), false);
  });

  test('reads large messages like small ones', () => {
    const body = Buffer.alloc(1_000_000, 'ü');
    const check = read({ attributes: { request: { http: { path: '/ü', raw_body: body, headers: { a: 'b' } } } } });
    assert.deepEqual(
      [check.http?.path, check.http?.body?.length, check.http?.headers],
      ['/ü', 1_000_000, [['a', 'b']]],
    );
  });
});

testAgreement<CheckRequest>({
  name: 'readCheckRequest()',
  read: readCheckRequest,
  oracle: oracleCheckRequest,
  comparable,
  wellFormed: checkRequests,
  changedBytes: mutatedRequests(),
  changedFields: rearrangedRequests(),
  leastRead: 1 / 20,
});
