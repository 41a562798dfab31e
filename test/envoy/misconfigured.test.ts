import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import type { Peer } from '../attacks/peer.ts';
import { type RawAnswer, RawConnection } from '../attacks/raw-connection.ts';
import { callText, rawRequest } from '../attacks/raw-request.ts';
import { whyNoEnvoy } from './envoy-part.ts';
import { type RecordedUpstream, startRecorded } from './recorded-upstream.ts';
import { type GuardedOptions, startGuarded } from './start-guarded.ts';

const ERRING = `apiVersion: sallyport/v1
kind: Policy
metadata: { name: erring }
rules: [{ id: echo, match: { tool: echo }, effect: allow, when: 'int(args.text) > 0' }]
`;

/** An operator's file that is not ours: one place of it changed. */
function changed(from: string | RegExp, to: string): NonNullable<GuardedOptions['edit']> {
  return (text) => {
    const edited = text.replaceAll(from, to);
    assert.notEqual(edited, text, `envoy/authorize.yaml has no ${from}`);
    return edited;
  };
}

suite('an Envoy that is configured in another way', { skip: whyNoEnvoy() }, () => {
  let upstream: RecordedUpstream;
  before(async () => {
    upstream = await startRecorded();
  });
  after(() => upstream.close());

  const call = async (options: Omit<GuardedOptions, 'upstream'>, text = 'hi', path = '/files'): Promise<RawAnswer> => {
    await using guarded = await startGuarded({ ...options, upstream: upstream.url });
    await upstream.forget();
    const peer: Peer = { era: 'modern', url: guarded.envoy.url, headers: [] };
    using connection = await RawConnection.open(peer.url);
    const body = callText(peer, `"name":"echo","arguments":{"text":"${text}"}`);
    return await connection.exchange(rawRequest(peer, { tool: 'echo', body, path }));
  };

  const assertRefused = (answer: RawAnswer, reason: string): void => {
    assert.ok(answer.kind === 'reply' && answer.body.includes(reason), JSON.stringify(answer));
    assert.deepEqual(upstream.seen, []);
  };

  test('to let failures pass does not let a Fault pass', async () => {
    const edit = changed('failure_mode_allow: false', 'failure_mode_allow: true');
    const answer = await call({ edit, policy: ERRING }, 'no number');
    assert.equal(answer.kind === 'reply' && answer.status, 503, JSON.stringify(answer));
    assertRefused(answer, 'policy.error');
  });

  const partial = changed(
    /max_request_bytes: 2097152\n( +)allow_partial_message: false/g,
    'max_request_bytes: 300\n$1allow_partial_message: true',
  );
  test('to show part of a body gets a refusal for the part', async () => {
    assertRefused(await call({ edit: partial }, 'x'.repeat(1000)), 'body.too-large');
  });

  test('to show part of a body gets its answer when that is the whole', async () => {
    const answer = await call({ edit: partial });
    assert.equal(answer.kind === 'reply' && answer.status, 200, JSON.stringify(answer));
  });

  test('to show no body gets a refusal', async () => {
    const edit = (text: string): string => text.replace(/^( *)with_request_body:\n(?:\1 +.*\n)+/m, '');
    assertRefused(await call({ edit }), 'http.framing');
  });

  test('to show bodies as text is understood', async () => {
    const answer = await call({ edit: changed('pack_as_bytes: true', 'pack_as_bytes: false') });
    assert.equal(answer.kind === 'reply' && answer.status, 200, JSON.stringify(answer));
  });

  test('to join repeated headers gets a refusal', async () => {
    assertRefused(
      await call({ edit: changed('encode_raw_headers: true', 'encode_raw_headers: false') }),
      'fault.internal',
    );
  });

  test('to name no server gets a refusal', async () => {
    const edit = changed('context_extensions: { server: files }', 'context_extensions: { other: files }');
    assertRefused(await call({ edit }), 'http.route');
  });

  test('to serve more paths than the route gets a refusal for them', async () => {
    const edit = changed('match: { path: /files }', 'match: { prefix: / }');
    assertRefused(await call({ edit }, 'hi', '/admin'), 'http.route');
  });
});
