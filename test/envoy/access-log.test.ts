import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import type { Peer } from '../attacks/peer.ts';
import { type RawAnswer, RawConnection } from '../attacks/raw-connection.ts';
import { callText, rawRequest } from '../attacks/raw-request.ts';
import { whyNoEnvoy } from './envoy-part.ts';
import { type MoodyUpstream, startMoody } from './moody-upstream.ts';
import { metric, outcomes, toldRecords, untilMetric } from './outcomes.ts';
import { type Guarded, startGuarded } from './start-guarded.ts';
import { newIssuer, RESOURCE } from './token-issuer.ts';

const OPEN = 'sallyport_exchanges_open{listener="agents"}';
const IN_FLIGHT = 'sallyport_calls_in_flight';
const UNKNOWN = 'sallyport_exchange_events_total{listener="agents",event="unknown_exchange"}';

function echo({ envoy }: Guarded, set: Readonly<Record<string, string>> = {}): Uint8Array {
  const peer: Peer = { era: 'modern', url: envoy.url, headers: [] };
  return rawRequest(peer, { tool: 'echo', body: callText(peer, '"name":"echo","arguments":{"text":"hi"}'), set });
}

async function call(guarded: Guarded): Promise<RawAnswer> {
  using connection = await RawConnection.open(guarded.envoy.url);
  return await connection.exchange(echo(guarded), 20_000);
}

/** Makes a call that is never answered, and leaves as soon as the tool server has it. */
async function leave(guarded: Guarded, upstream: MoodyUpstream): Promise<void> {
  const before = upstream.mood;
  upstream.mood = 'silent';
  using connection = await RawConnection.open(guarded.envoy.url);
  void connection.exchange(echo(guarded), 20_000);
  while (upstream.waiting === 0) await pause(5);
  assert.deepEqual(await holds(guarded), [1, 1]);
  upstream.mood = before;
}

/** Exchanges that are open, and calls that hold a place. */
async function holds({ sallyport: { folder } }: Guarded): Promise<readonly number[]> {
  return [await metric(folder, OPEN), await metric(folder, IN_FLIGHT)];
}

/** The same once nothing is left, or it took too long. */
async function holdsInTheEnd({ sallyport: { folder } }: Guarded): Promise<readonly number[]> {
  return [await untilMetric(folder, OPEN, 0), await untilMetric(folder, IN_FLIGHT, 0)];
}

suite('the access log of Envoy', { skip: whyNoEnvoy() }, () => {
  for (const engine of ['http2', 'grpc-js']) {
    test(`tells what became of each call that passed, on ${engine}`, async () => {
      await using upstream = await startMoody();
      await using guarded = await startGuarded({ upstream: upstream.url, door: [`engine: ${engine}`] });
      assert.equal((await call(guarded)).kind, 'reply');
      await leave(guarded, upstream);
      upstream.mood = 'breaking';
      await call(guarded);
      await upstream.die();
      const dead = await call(guarded);
      assert.ok(dead.kind === 'reply' && dead.status === 503);
      const told = await outcomes(guarded.sallyport.folder, 4);
      assert.deepEqual(
        told.map(({ kind }) => kind),
        ['answered', 'cancelled', 'upstream-failed', 'upstream-failed'],
      );
      const [answered, , , failed] = told.map(({ data }) => data);
      assert.deepEqual([answered?.['http_status'], failed?.['http_status']], [200, 503]);
      assert.ok(Number(answered?.['reply_bytes']) > 20 && Number(answered?.['duration_ms']) > 0);
      assert.match(String(failed?.['operator_detail']), /^envoy: upstream_reset_before_response_started/);
      assert.deepEqual(await holdsInTheEnd(guarded), [0, 0]);
      assert.equal(await metric(guarded.sallyport.folder, UNKNOWN), 0);
      // ext_proc was not there for any of it.
      const streams = await guarded.envoy.stats('ext_proc.streams_started');
      assert.ok([...streams.values()].every((count) => count === 0));
    });
  }

  test('tells that a call never left Envoy', async () => {
    await using upstream = await startMoody();
    const onwards =
      /route:\n +cluster: files\n( +prefix_rewrite.*\n)( +host_rewrite_literal.*\n)?( +#.*\n)*( +timeout.*\n)( +idle_timeout.*\n)( +max_stream_duration.*\n)( +#.*\n)*( +retry_policy:\n)( +num_retries.*\n)( +#.*\n)*( +per_try_timeout.*\n)/;
    await using guarded = await startGuarded({
      upstream: upstream.url,
      edit: (text) => {
        assert.match(text, onwards);
        return text.replace(onwards, 'direct_response: { status: 418 }\n');
      },
    });
    const answer = await call(guarded);
    assert.ok(answer.kind === 'reply' && answer.status === 418, JSON.stringify(answer));
    const [told] = await outcomes(guarded.sallyport.folder, 1);
    assert.equal(told?.kind, 'undelivered');
    assert.deepEqual(await holdsInTheEnd(guarded), [0, 0]);
  });

  test('gives the place of a caller back', async () => {
    await using upstream = await startMoody();
    const issuer = newIssuer();
    await using guarded = await startGuarded({
      upstream: upstream.url,
      serverLines: [`resource: ${RESOURCE}`, 'max_calls_per_principal: 1'],
      ...issuer,
    });
    const authorization = `Bearer ${await issuer.token()}`;
    const bytes = echo(guarded, { host: 'tools.example', authorization });
    const ask = async (): Promise<RawAnswer> => {
      using connection = await RawConnection.open(guarded.envoy.url);
      return await connection.exchange(bytes, 20_000);
    };
    const first = await ask();
    assert.ok(first.kind === 'reply' && first.status === 200, JSON.stringify(first));
    assert.deepEqual(await holdsInTheEnd(guarded), [0, 0]);
    upstream.mood = 'silent';
    const connection = await RawConnection.open(guarded.envoy.url);
    void connection.exchange(bytes, 20_000);
    while (upstream.waiting === 0) await pause(5);
    upstream.mood = 'good';
    const second = await ask();
    assert.ok(second.kind === 'reply' && second.body.includes('overload.busy'), JSON.stringify(second));
    connection[Symbol.dispose]();
    assert.deepEqual(await holdsInTheEnd(guarded), [0, 0]);
    const third = await ask();
    assert.ok(third.kind === 'reply' && third.status === 200 && !third.body.includes('overload.busy'));
    const kinds = (await outcomes(guarded.sallyport.folder, 4)).map(({ kind }) => kind);
    assert.deepEqual(kinds, ['answered', 'cancelled', 'undelivered', 'answered']);
  });

  test('says unknown, and holds nothing, where it is not sent', async () => {
    await using upstream = await startMoody();
    await using guarded = await startGuarded({ upstream: upstream.url, door: ['outcomes: none'] });
    upstream.mood = 'silent';
    using connection = await RawConnection.open(guarded.envoy.url);
    void connection.exchange(echo(guarded), 20_000);
    const [told] = await outcomes(guarded.sallyport.folder, 1);
    assert.equal(told?.kind, 'unknown');
    assert.deepEqual(await holdsInTheEnd(guarded), [0, 0]);
  });

  /** Signs of life come soon, and are missed soon. */
  const quick = {
    door: ['report_within_ms: 2500'],
    edit: (text: string): string => {
      assert.match(text, /access_log_flush_interval: 20s/);
      return text.replaceAll('access_log_flush_interval: 20s', 'access_log_flush_interval: 0.5s');
    },
  };

  test('keeps a call open for as long as it runs', async () => {
    await using upstream = await startMoody();
    await using guarded = await startGuarded({ upstream: upstream.url, ...quick });
    upstream.mood = 'silent';
    const connection = await RawConnection.open(guarded.envoy.url);
    void connection.exchange(echo(guarded), 20_000);
    await pause(5000);
    assert.deepEqual(await holds(guarded), [1, 1]);
    connection[Symbol.dispose]();
    const [told] = await outcomes(guarded.sallyport.folder, 1);
    assert.equal(told?.kind, 'cancelled');
    assert.ok(Number(told?.data['duration_ms']) > 4900);
  });

  test('leaves nothing open of calls that are broken off at any moment', async (t) => {
    await using upstream = await startMoody();
    await using guarded = await startGuarded({ upstream: upstream.url, ...quick });
    const bytes = echo(guarded);
    const breakOff = async (afterMs: number): Promise<void> => {
      using connection = await RawConnection.open(guarded.envoy.url);
      void connection.exchange(bytes, 20_000);
      await pause(afterMs);
    };
    for (let round = 0; round < 30; round += 1) {
      await Promise.all(Array.from({ length: 10 }, (_, index) => breakOff((round + index * 7) % 12)));
    }
    assert.deepEqual(await holdsInTheEnd(guarded), [0, 0]);
    await outcomes(guarded.sallyport.folder, 0);
    const told = await toldRecords(guarded.sallyport.folder);
    const counts = Object.entries(Object.groupBy(told, ({ type, kind }) => `${type} ${kind}`));
    t.diagnostic(counts.map(([what, found]) => `${what}: ${found?.length}`).join(', '));
    const ids = (type: string): readonly string[] =>
      told.flatMap((one) => (one.type === type ? [one.decisionId] : [])).toSorted();
    assert.deepEqual(ids('outcome'), ids('intent'));
  });
});
