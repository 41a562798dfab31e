import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { testAgreement } from '../envoy/oracle-agreement.fixture.ts';
import { structFrom } from '../envoy/oracle-values.fixture.ts';
import { deepStruct, field, mapEntry, number, UNKNOWN_FIELDS, wrapped } from '../envoy/wire.fixture.ts';
import { type AccessLogEntry, type AccessLogs, RESPONSE_FLAGS } from './access-log-entry.ts';
import { accessLogs, mutatedLogs, rearrangedLogs } from './access-logs.fixture.ts';
import { encodeAccessLogs, oracleAccessLogs } from './access-logs-oracle.fixture.ts';
import { readAccessLogs } from './read-access-logs.ts';
import { RECORDED } from './recorded.fixture.ts';

const AUTHZ = 'envoy.filters.http.ext_authz';
const PROC = 'envoy.filters.http.ext_proc';

/** Reads what must be readable. */
function read(bytes: Uint8Array): readonly AccessLogEntry[] {
  const found = readAccessLogs(bytes);
  assert.ok(found.kind === 'logs' && found.unreadable.length === 0, JSON.stringify(found));
  return found.entries;
}

/** Reads one entry of these plain properties. */
function readEntry(entry: object): AccessLogEntry {
  const [found] = read(encodeAccessLogs({ http_logs: { log_entry: [entry] } }));
  return found ?? assert.fail('no entry');
}

function withMetadata(namespaces: Readonly<Record<string, Readonly<Record<string, string | number>>>>): AccessLogEntry {
  const structs = Object.entries(namespaces).map(([name, of]) => [name, structFrom(new Map(Object.entries(of)))]);
  return readEntry({ common_properties: { metadata: { filter_metadata: Object.fromEntries(structs) } } });
}

function why(bytes: Uint8Array): string {
  const found = readAccessLogs(bytes);
  return found.kind === 'refused' ? found.why : 'read';
}

/** Why the one entry in a message was passed over. */
function whyEntry(bytes: Uint8Array): string {
  const found = readAccessLogs(bytes);
  assert.ok(found.kind === 'logs' && found.entries.length === 0, JSON.stringify(found));
  return found.unreadable.join();
}

const entry = (...content: Uint8Array[]): Buffer => field(2, field(1, ...content));
const common = (...content: Uint8Array[]): Buffer => entry(field(1, ...content));
/** `common` with a field of a number that takes two bytes. */
const flags = (...content: Uint8Array[]): Buffer => {
  const bytes = Buffer.concat(content);
  return common(Buffer.from([0x82, 0x01, bytes.length]), bytes);
};
const metadata = (...content: Uint8Array[]): Buffer => {
  const bytes = Buffer.concat(content);
  return common(Buffer.from([0x8a, 0x01, bytes.length]), bytes);
};

suite('readAccessLogs()', () => {
  test('reads what Envoy sends of an exchange that was answered', () => {
    const written = new Map([
      ['decision_id', 'd-1'],
      ['reply', 'judge'],
    ]);
    assert.deepEqual(read(RECORDED.answered), [
      {
        decisionId: 'd-1',
        intermediate: false,
        httpStatus: 200,
        responseFlags: new Set(),
        responseCodeDetails: 'via_upstream',
        requestBytes: 7,
        replyBytes: 11,
        durationMs: 6.542377,
        upstream: '127.0.0.1:33685',
        attempts: 1,
        metadata: new Map([[PROC, written]]),
      },
    ]);
  });

  test('reads what Envoy sends of an exchange whose tool server took no connection', () => {
    assert.partialDeepStrictEqual(read(RECORDED.unreachable), [
      {
        httpStatus: 503,
        responseFlags: new Set(['upstream_connection_failure']),
        upstream: '127.0.0.1:1',
        attempts: 1,
        replyBytes: 98,
      },
    ]);
  });

  test('says of an empty entry that Envoy told nothing', () => {
    assert.deepEqual(readEntry({}), {
      decisionId: undefined,
      intermediate: false,
      httpStatus: undefined,
      responseFlags: new Set(),
      responseCodeDetails: '',
      requestBytes: 0,
      replyBytes: 0,
      durationMs: undefined,
      upstream: undefined,
      attempts: 0,
      metadata: new Map(),
    });
    assert.equal(readEntry({ response: { response_code: { value: 0 } } }).httpStatus, undefined);
  });

  test('has no entries of TCP connections, nor where there are none', () => {
    for (const bytes of [Buffer.alloc(0), field(1), field(2), field(3, field(1))]) assert.deepEqual(read(bytes), []);
  });

  test('takes the name of the exchange from whichever of our filters has one', () => {
    assert.equal(withMetadata({ [AUTHZ]: { decision_id: 'a' } }).decisionId, 'a');
    assert.equal(withMetadata({ [PROC]: { decision_id: 'b' } }).decisionId, 'b');
    assert.equal(withMetadata({ [PROC]: { decision_id: 'b' }, [AUTHZ]: { decision_id: 'a' } }).decisionId, 'a');
    assert.equal(withMetadata({ [PROC]: { decision_id: 'b' }, [AUTHZ]: { verdict: 'allowed' } }).decisionId, 'b');
  });

  test('has no name of an exchange that is no text, or was written by another filter', () => {
    assert.equal(withMetadata({ [AUTHZ]: { decision_id: 7 } }).decisionId, undefined);
    const other = withMetadata({ 'envoy.filters.http.mcp': { decision_id: 'c' } });
    assert.deepEqual([other.decisionId, other.metadata], [undefined, new Map()]);
  });

  test('does not look at what other filters wrote', () => {
    const strange = Buffer.from([0x0a, 9, 0xff, 0x0b]);
    const own = field(1, field(1, AUTHZ), field(2, field(1, field(1, 'decision_id'), field(2, field(3, 'a')))));
    const [found] = read(metadata(field(1, field(1, 'x'), field(2, strange)), own));
    assert.equal(found?.decisionId, 'a');
  });

  test('names each flag as Envoy does', () => {
    for (const name of RESPONSE_FLAGS.values()) {
      const value = name === 'unauthorized_details' ? {} : true;
      assert.deepEqual(
        readEntry({ common_properties: { response_flags: { [name]: value } } }).responseFlags,
        new Set([name]),
      );
    }
  });

  test('takes back a flag that is there again as false, and passes over flags that are not in use', () => {
    assert.deepEqual(
      read(flags(number(2, 1), number(1, 1), number(3, 1), number(2, 0)))[0]?.responseFlags,
      new Set(['upstream_request_timeout']),
    );
  });

  test('tells entries of an exchange that still runs, or of one attempt, from the last', () => {
    const final = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9].filter(
      (type) => !readEntry({ common_properties: { access_log_type: type } }).intermediate,
    );
    assert.deepEqual(final, [0, 6]);
    assert.equal(readEntry({ common_properties: { intermediate_log_entry: true } }).intermediate, true);
  });

  test('takes the time to the last byte, or else the whole duration', () => {
    const time = { time_to_last_downstream_tx_byte: { seconds: 1, nanos: 500_000 }, duration: { seconds: 9 } };
    assert.equal(readEntry({ common_properties: time }).durationMs, 1000.5);
    assert.equal(readEntry({ common_properties: { duration: { seconds: 9 } } }).durationMs, 9000);
    assert.equal(readEntry({ common_properties: { duration: { seconds: -1, nanos: -5 } } }).durationMs, 0);
  });

  test('writes an address as it is written in a URL', () => {
    const addresses = [
      { socket_address: { address: '10.0.0.1', port_value: 80 } },
      { socket_address: { address: '::1', port_value: 80 } },
      { pipe: { path: '/run/tools.sock' } },
      { envoy_internal_address: { server_listener_name: 'inner' } },
    ];
    assert.deepEqual(
      addresses.map((address) => readEntry({ common_properties: { upstream_remote_address: address } }).upstream),
      ['10.0.0.1:80', '[::1]:80', '/run/tools.sock', 'inner'],
    );
  });

  test('passes over fields that it does not know', () => {
    const one = field(1, UNKNOWN_FIELDS, field(4, UNKNOWN_FIELDS, number(3, 7)), UNKNOWN_FIELDS);
    const [found] = read(Buffer.concat([UNKNOWN_FIELDS, field(2, UNKNOWN_FIELDS, one), UNKNOWN_FIELDS]));
    assert.equal(found?.replyBytes, 7);
  });

  test('reads names that objects have as mere keys', () => {
    const member = field(1, field(1, '__proto__'), field(2, field(3, 'x')));
    const [found] = read(
      metadata(field(1, field(1, '__proto__'), field(2)), field(1, field(1, PROC), field(2, member))),
    );
    assert.deepEqual(found?.metadata, new Map([[PROC, new Map([['__proto__', 'x']])]]));
    assert.equal(Object.hasOwn(Object.prototype, 'x'), false);
  });

  const refused: readonly [what: string, bytes: Uint8Array, why: RegExp][] = [
    ['logs of two kinds', Buffer.concat([field(2), field(3)]), /twice/],
    ['logs twice', Buffer.concat([field(2), field(2)]), /twice/],
    ['logs that are a number', number(2, 1), /another field type/],
    ['an entry that is a number', field(2, number(1, 1)), /another field type/],
    ['a length beyond the end', Buffer.from([0x12, 5, 0x0a]), /beyond/],
    ['a length beyond its message', field(2, Buffer.from([0x0a, 9, 0x61])), /beyond/],
    ['a group', Buffer.from([0x13, 0x14]), /another field type/],
  ];

  for (const [what, bytes, reason] of refused) {
    test(`refuses ${what}`, () => {
      assert.match(why(bytes), reason);
    });
  }

  const passedOver: readonly [what: string, bytes: Uint8Array, why: RegExp][] = [
    ['common properties twice', entry(field(1), field(1)), /twice/],
    ['a request twice', entry(field(3), field(3)), /twice/],
    ['a response twice', entry(field(4), field(4)), /twice/],
    ['a duration twice', common(field(12), field(12)), /twice/],
    ['two kinds of address', common(field(13, field(1), field(2))), /twice/],
    ['a status twice', entry(field(4, field(1), field(1))), /twice/],
    ['metadata of ours without kind', metadata(field(1, field(1, PROC), field(2, field(1, field(2))))), /no kind/],
    ['metadata without its value', metadata(field(1, field(1, PROC))), /without its value/],
    ['a status that is a number', entry(field(4, number(1, 1))), /another field type/],
    ['a flag that is text', flags(field(2, 'x')), /another field type/],
    ['a flag of 2', flags(number(2, 2)), /neither/],
    ['a flag with details that is a number', flags(number(13, 1)), /another field type/],
    ['details that are not UTF-8', entry(field(4, field(6, Buffer.from([0xff])))), /UTF-8/],
    ['a length beyond the entry', entry(Buffer.from([0x22, 9, 0x61])), /beyond/],
    ['field number 0', entry(Buffer.from([0x02, 0])), /number 0/],
  ];

  for (const [what, bytes, reason] of passedOver) {
    test(`passes over an entry with ${what}`, () => {
      assert.match(whyEntry(bytes), reason);
    });
  }

  test('passes over metadata of more depth than anybody sends', () => {
    const deep = (name: string): Uint8Array =>
      [17, 1, 1, 2].reduce((content, of) => wrapped(of, content), mapEntry(1, name, deepStruct(2000)));
    assert.match(whyEntry(deep(AUTHZ)), /too deep/);
    assert.equal(read(deep('envoy.filters.http.jwt_authn')).length, 1);
  });

  test('refuses more entries than anybody sends, readable or not', () => {
    const empty = { http_logs: { log_entry: Array.from({ length: 4097 }, () => ({})) } };
    assert.match(why(encodeAccessLogs(empty)), /too many entries/);
    const bad = Array.from({ length: 4097 }, () => field(1, number(1, 1)));
    assert.match(why(wrapped(2, Buffer.concat(bad))), /too many entries/);
  });

  test('reads the entries around one that cannot be read as if it were not there', () => {
    const status = (value: number): Buffer => field(1, field(4, field(1, number(1, value))));
    const bytes = fc.uint8Array({ maxLength: 100 });
    fc.assert(
      fc.property(bytes, bytes, (one, other) => {
        const entries = [status(100), field(1, one), field(1, other), status(101)];
        const found = readAccessLogs(wrapped(2, Buffer.concat(entries)));
        assert.ok(found.kind === 'logs');
        assert.deepEqual([found.entries[0]?.httpStatus, found.entries.at(-1)?.httpStatus], [100, 101]);
        assert.equal(found.entries.length + found.unreadable.length, 4);
      }),
    );
  });
});

/** A message of which an entry cannot be read counts as refused: the library reads all of it, or nothing. */
function readWhole(bytes: Uint8Array): ReturnType<typeof readAccessLogs> {
  const found = readAccessLogs(bytes);
  return found.kind === 'logs' && found.unreadable.length > 0 ? { kind: 'refused', why: 'an entry' } : found;
}

testAgreement<AccessLogs>({
  name: 'readAccessLogs()',
  read: readWhole,
  oracle: oracleAccessLogs,
  wellFormed: accessLogs,
  changedBytes: mutatedLogs(),
  changedFields: rearrangedLogs(),
  leastRead: 1 / 50,
});
