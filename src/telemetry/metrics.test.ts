import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { createMetrics } from './metrics.ts';

const allow = { verdict: 'allow', stage: 'none', reason: 'none', seconds: 0.002 } as const;

function setup() {
  const state = { nowMs: 0 };
  const metrics = createMetrics({ version: '0.1.0', nowMs: () => state.nowMs });
  metrics.setServers(['files', 'mail']);
  return { metrics, state };
}

async function linesOf(metrics: { render(): Promise<string> }, name: string): Promise<string[]> {
  return (await metrics.render()).split('\n').filter((line) => line.startsWith(name));
}

suite('createMetrics()', () => {
  test('counts decisions by server, stage, reason and verdict', async () => {
    const { metrics } = setup();
    metrics.decided({ server: 'files', ...allow });
    metrics.decided({ server: 'files', ...allow });
    metrics.decided({ server: 'mail', verdict: 'deny', stage: 'read', reason: 'json.syntax', seconds: undefined });
    assert.deepEqual(await linesOf(metrics, 'sallyport_decisions_total'), [
      'sallyport_decisions_total{server="files",stage="none",reason="none",verdict="allow"} 2',
      'sallyport_decisions_total{server="mail",stage="read",reason="json.syntax",verdict="deny"} 1',
    ]);
    assert.deepEqual(await linesOf(metrics, 'sallyport_decision_duration_seconds_count'), [
      'sallyport_decision_duration_seconds_count{server="files",verdict="allow"} 2',
    ]);
  });

  test('counts what befalls exchanges in Envoy, and asks how many are open', async () => {
    const { metrics } = setup();
    let open = 2;
    metrics.watchExchanges(() => [['envoy', open]]);
    metrics.exchangeEvent('envoy', 'unjudged');
    assert.deepEqual(await linesOf(metrics, 'sallyport_exchange_events_total'), [
      'sallyport_exchange_events_total{listener="envoy",event="unjudged"} 1',
    ]);
    assert.deepEqual(await linesOf(metrics, 'sallyport_exchanges_open'), [
      'sallyport_exchanges_open{listener="envoy"} 2',
    ]);
    open = 0;
    assert.deepEqual(await linesOf(metrics, 'sallyport_exchanges_open'), [
      'sallyport_exchanges_open{listener="envoy"} 0',
    ]);
  });

  test('counts what was limited without the shared store, and asks how it is with it', async () => {
    const { metrics } = setup();
    const state = { isLost: true, lostMs: 1500 };
    metrics.watchLimitStore(() => state);
    metrics.limitedWithoutStore('local');
    assert.deepEqual(await linesOf(metrics, 'sallyport_limits_without_store_total'), [
      'sallyport_limits_without_store_total{how="local"} 1',
    ]);
    for (const seconds of [1.5, 2]) {
      state.lostMs = seconds * 1000;
      assert.deepEqual(await linesOf(metrics, 'sallyport_limit_store_lost'), [
        'sallyport_limit_store_lost 1',
        `sallyport_limit_store_lost_seconds_total ${seconds}`,
      ]);
    }
  });

  test('makes no series for a name that is not configured, and counts that it did not', async () => {
    const { metrics } = setup();
    metrics.decided({ server: 'other', ...allow });
    metrics.decided({ server: 'files|mail', ...allow });
    metrics.decided({ server: 'files"} 1\nevil{x="', ...allow });
    assert.deepEqual(await linesOf(metrics, 'sallyport_decisions_total'), [
      'sallyport_decisions_total{server="_other",stage="none",reason="none",verdict="allow"} 1',
      'sallyport_decisions_total{server="_invalid",stage="none",reason="none",verdict="allow"} 2',
    ]);
    assert.deepEqual(await linesOf(metrics, 'sallyport_label_overflow_total'), [
      'sallyport_label_overflow_total{label="server"} 3',
    ]);
  });

  test('has a bounded number of series whatever callers name', async () => {
    const { metrics } = setup();
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (server) => metrics.decided({ server, ...allow })),
      { numRuns: 1000 },
    );
    assert.ok((await linesOf(metrics, 'sallyport_decisions_total')).length <= 4);
  });

  test('folds servers beyond the budget of label sets', async () => {
    const { metrics } = setup();
    const names = Array.from({ length: 2500 }, (_, index) => `server-${index}`);
    metrics.setServers(names);
    for (const server of names) metrics.decided({ server, ...allow });
    const lines = await linesOf(metrics, 'sallyport_decisions_total');
    assert.equal(lines.length, 2001);
    assert.equal(
      lines.at(-1),
      'sallyport_decisions_total{server="_other",stage="none",reason="none",verdict="allow"} 500',
    );
  });

  test('counts a reloaded server under its name', async () => {
    const { metrics } = setup();
    metrics.setServers(['mail']);
    metrics.decided({ server: 'files', ...allow });
    metrics.decided({ server: 'mail', ...allow });
    const lines = await linesOf(metrics, 'sallyport_decisions_total');
    assert.deepEqual(
      lines.map((line) => /server="(\w+)"/.exec(line)?.[1]),
      ['_other', 'mail'],
    );
  });

  test('tells the age of the configuration, which a failed reload does not renew', async () => {
    const { metrics, state } = setup();
    state.nowMs = 60_000;
    metrics.reloaded('failed');
    assert.deepEqual(await linesOf(metrics, 'sallyport_config_age'), ['sallyport_config_age_seconds 60']);
    assert.deepEqual(await linesOf(metrics, 'sallyport_config_last'), ['sallyport_config_last_reload_ok 0']);
    metrics.reloaded('ok');
    assert.deepEqual(await linesOf(metrics, 'sallyport_config_age'), ['sallyport_config_age_seconds 0']);
    assert.deepEqual(await linesOf(metrics, 'sallyport_config_last'), ['sallyport_config_last_reload_ok 1']);
  });

  test('keeps each instance apart', async () => {
    const first = setup();
    const second = setup();
    first.metrics.callStarted();
    assert.deepEqual(await linesOf(first.metrics, 'sallyport_calls_in_flight'), ['sallyport_calls_in_flight 1']);
    assert.deepEqual(await linesOf(second.metrics, 'sallyport_calls_in_flight'), ['sallyport_calls_in_flight 0']);
  });
});
