import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import type { AccessLogEntry, ResponseFlag } from './access-log-entry.ts';
import { accessLogs } from './access-logs.fixture.ts';
import { readAccessLogs } from './read-access-logs.ts';
import { RECORDED } from './recorded.fixture.ts';
import { reportOf } from './report-of.ts';

const ENTRY: AccessLogEntry = {
  decisionId: 'd-1',
  intermediate: false,
  httpStatus: 200,
  responseFlags: new Set(),
  responseCodeDetails: 'via_upstream',
  requestBytes: 10,
  replyBytes: 20,
  durationMs: 3.5,
  upstream: '127.0.0.1:3001',
  attempts: 1,
  metadata: new Map(),
};

const flags = (...names: readonly ResponseFlag[]): Pick<AccessLogEntry, 'responseFlags'> => ({
  responseFlags: new Set(names),
});
const NOWHERE = { upstream: undefined, responseCodeDetails: '' };

suite('reportOf()', () => {
  const rows: readonly (readonly [string, Partial<AccessLogEntry>, string])[] = [
    ['a reply of the tool server', {}, 'answered'],
    ['an error of the tool server', { httpStatus: 500 }, 'answered'],
    ['a reply without details', { responseCodeDetails: '' }, 'answered'],
    [
      'a server that takes no connection',
      { httpStatus: 503, ...flags('upstream_connection_failure') },
      'upstream-failed',
    ],
    ['a server that breaks off', flags('upstream_connection_termination'), 'upstream-failed'],
    ['a server that resets in mid-reply', flags('upstream_remote_reset'), 'upstream-failed'],
    ['a server that is too slow', { httpStatus: 504, ...flags('upstream_request_timeout') }, 'upstream-failed'],
    ['a reply that stands still', flags('stream_idle_timeout'), 'upstream-failed'],
    ['no healthy server', { httpStatus: 503, ...NOWHERE, ...flags('no_healthy_upstream') }, 'upstream-failed'],
    ['a name that cannot be resolved', { ...NOWHERE, ...flags('dns_resolution_failure') }, 'upstream-failed'],
    ['a reply of Envoy’s own without a flag', { responseCodeDetails: 'filter_chain_not_found' }, 'upstream-failed'],
    ['a reply that is too large to be held', { responseCodeDetails: 'response_payload_too_large' }, 'replaced'],
    ['a client that left', { httpStatus: 0, ...flags('downstream_connection_termination') }, 'cancelled'],
    ['a client that reset', flags('downstream_remote_reset'), 'cancelled'],
    [
      'a client that left a server that then failed',
      flags('downstream_connection_termination', 'upstream_remote_reset'),
      'cancelled',
    ],
    [
      'a client that left before a server was chosen',
      { ...NOWHERE, ...flags('downstream_remote_reset') },
      'undelivered',
    ],
    ['no route', { httpStatus: 404, ...NOWHERE, ...flags('no_route_found') }, 'undelivered'],
    ['no cluster', { httpStatus: 503, ...NOWHERE, ...flags('no_cluster_found') }, 'undelivered'],
    ['a rate limit behind us', { httpStatus: 429, ...NOWHERE, ...flags('rate_limited') }, 'undelivered'],
    ['no connection to spare', { httpStatus: 503, ...NOWHERE, ...flags('upstream_overflow') }, 'undelivered'],
    ['another check behind us', { httpStatus: 403, ...NOWHERE, ...flags('unauthorized_details') }, 'undelivered'],
    ['an overloaded Envoy', { httpStatus: 503, ...NOWHERE, ...flags('overload_manager') }, 'undelivered'],
    ['an answer in place of a server', { ...NOWHERE, responseCodeDetails: 'direct_response' }, 'undelivered'],
    ['nothing said', NOWHERE, 'undelivered'],
    [
      'a reply that could not be judged',
      { httpStatus: 503, responseCodeDetails: 'ext_proc_error_gRPC_error_14' },
      'replaced',
    ],
  ];
  for (const [what, said, kind] of rows) {
    test(`says ${kind} of ${what}`, () => {
      assert.equal(reportOf({ ...ENTRY, ...said }, 'd-1').kind, kind);
    });
  }

  test('passes on status, bytes and time', () => {
    const report = { decisionId: 'd-1', kind: 'answered', httpStatus: 200, replyBytes: 20, durationMs: 3.5 };
    assert.deepEqual(reportOf(ENTRY, 'd-1'), report);
    assert.ok(!('httpStatus' in reportOf({ ...ENTRY, httpStatus: undefined }, 'd-1')));
  });

  test('keeps Envoy’s own words where something went wrong, bounded and plain', () => {
    const failed = { ...ENTRY, ...flags('upstream_remote_reset') };
    const detail = (responseCodeDetails: string) => reportOf({ ...failed, responseCodeDetails }, 'd').operatorDetail;
    assert.equal(detail('upstream_reset{x}'), 'envoy: upstream_reset{x}');
    assert.equal(detail('a\nb\u{202e}'), 'envoy: a?b?');
    assert.equal(detail('x'.repeat(1000))?.length, 'envoy: '.length + 128);
    assert.equal(detail(''), undefined);
  });

  test('reads what Envoy sent', () => {
    const kinds = Object.entries(RECORDED).map(([name, bytes]) => {
      const logs = readAccessLogs(bytes);
      return [name, logs.kind === 'logs' && logs.entries.map((entry) => reportOf(entry, 'd').kind).join()];
    });
    assert.deepEqual(Object.fromEntries(kinds), { answered: 'answered', unreachable: 'upstream-failed' });
  });

  test('never calls answered what Envoy flagged', () => {
    fc.assert(
      fc.property(accessLogs, (bytes) => {
        const logs = readAccessLogs(bytes);
        const entries = logs.kind === 'logs' ? logs.entries : [];
        for (const entry of entries) {
          const { kind } = reportOf(entry, 'd');
          assert.ok(kind !== 'answered' || (entry.responseFlags.size === 0 && entry.upstream !== undefined));
        }
      }),
    );
  });
});
