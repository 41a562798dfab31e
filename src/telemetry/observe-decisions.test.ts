import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { facts, findingStages, listeningRecorder, received } from '../decision/facts.fixture.ts';
import { handle } from '../decision/handle.ts';
import type { Stages } from '../decision/stages.ts';
import { deny, fault } from '../decision/verdict.ts';
import { telemetrySchema } from './config.ts';
import { createLog } from './log.ts';
import { createMetrics } from './metrics.ts';
import { observeDecisions } from './observe-decisions.ts';
import { linesOutput, standingClock } from './telemetry.fixture.ts';

function setup(stages: Stages = findingStages) {
  const clock = standingClock();
  const output = linesOutput();
  const metrics = createMetrics({ version: '0', nowMs: () => 0 });
  metrics.setServers(['files']);
  metrics.setRoutes(['llm']);
  metrics.setUsageNames({
    servers: [
      ['files', ['read_file']],
      ['llm', []],
    ],
    prices: [
      ['reads.cost', 'units'],
      ['models', 'tokens'],
    ],
    tenants: [],
    agents: [],
  });
  const log = createLog({ config: telemetrySchema.parse({}), version: '0', output, clock });
  const heard = listeningRecorder();
  const observed = observeDecisions({ stages, recorder: heard }, { metrics, log, clock });
  const lines = async (name: string) => (await metrics.render()).split('\n').filter((line) => line.startsWith(name));
  return { ...observed, heard: heard.heard, output, clock, lines };
}

const decide = (decisions: { stages: Stages; recorder: ReturnType<typeof setup>['recorder'] }) =>
  handle(received, { ...decisions, deadlineMs: 1000 }, new AbortController().signal);

suite('observeDecisions()', () => {
  test('counts an allow, and the call until it is over', async () => {
    const { stages, recorder, lines, heard } = setup();
    const { verdict, release } = await decide({ stages, recorder });
    assert.equal(verdict.kind, 'allow');
    assert.deepEqual(await lines('sallyport_calls_in_flight'), ['sallyport_calls_in_flight 1']);
    await release();
    assert.deepEqual(await lines('sallyport_calls_in_flight'), ['sallyport_calls_in_flight 0']);
    assert.deepEqual(await lines('sallyport_decisions_total'), [
      'sallyport_decisions_total{server="files",stage="none",reason="none",verdict="allow"} 1',
    ]);
    assert.deepEqual(heard, ['intent']);
  });

  test('counts further attempts of a call, and what stood in for its answer or its refusal', async () => {
    const { stages, recorder, lines } = setup();
    await decide({ stages, recorder });
    const standIn = { rule: 'kept', source: 'cached' } as const;
    const outcome = { decisionId: received.decisionId, kind: 'replaced', durationMs: 1, replyBytes: 0 } as const;
    recorder.outcome({ ...outcome, attempts: 3, standIn });
    recorder.refusal(received, { ...deny('availability', 'breaker.open'), standIn: { ...standIn, result: '{}' } }, {});
    assert.deepEqual(await lines('sallyport_retries_total'), ['sallyport_retries_total{server="files"} 2']);
    assert.deepEqual(await lines('sallyport_fallbacks_total'), [
      'sallyport_fallbacks_total{server="files",source="cached"} 2',
    ]);
  });

  test('counts what a reply says that a call cost, and what a request of a route used, under their names', async () => {
    const { stages, recorder, lines } = setup();
    await decide({ stages, recorder });
    const ended = { kind: 'answered', durationMs: 1, replyBytes: 0 } as const;
    recorder.outcome({ ...ended, decisionId: received.decisionId, costs: new Map([['reads.cost', 12]]) });
    const passed = { ...received, decisionId: 'passed' };
    await recorder.passthrough({ received: passed, route: 'llm', path: '/llm/v1/embeddings', provider: 'openai' });
    const tokens = { input: 7, output: 0, cacheRead: 0, cacheWrite: 0 };
    recorder.outcome({ ...ended, decisionId: 'passed', costs: new Map([['models', 7]]), tokens });
    assert.deepEqual(await lines('sallyport_cost_total'), [
      'sallyport_cost_total{server="files",tool="read_file",tenant="",rule="reads.cost",unit="units"} 12',
      'sallyport_cost_total{server="llm",tool="",tenant="",rule="models",unit="tokens"} 7',
    ]);
    assert.deepEqual(await lines('sallyport_outcomes_total'), [
      'sallyport_outcomes_total{server="files",kind="answered"} 1',
      'sallyport_outcomes_total{server="llm",kind="answered"} 1',
    ]);
    const [count] = await lines('gen_ai_client_token_usage_count');
    assert.match(count ?? '', /gen_ai_operation_name="embeddings",gen_ai_provider_name="openai"/);
    // It is no call of MCP.
    assert.equal((await lines('mcp_server_operation_duration_seconds_count')).length, 1);
  });

  test('times a decision from its first check to its record', async () => {
    const observed = setup({
      ...findingStages,
      applyPolicy: () => {
        observed.clock.advance(30);
        return deny('policy', 'policy.arguments');
      },
    });
    await decide(observed);
    assert.deepEqual(await observed.lines('sallyport_decision_duration_seconds_sum'), [
      'sallyport_decision_duration_seconds_sum{server="files",verdict="deny"} 0.03',
    ]);
    assert.deepEqual(await observed.lines('sallyport_calls_in_flight'), ['sallyport_calls_in_flight 0']);
  });

  test('logs a fault with its cause, and no refusal that was meant', async () => {
    const failing = setup({
      ...findingStages,
      applyPolicy: () => {
        throw new TypeError('boom');
      },
    });
    await decide(failing);
    const [line] = failing.output.parsed();
    assert.equal(line?.['msg'], 'a call could not be decided');
    assert.equal(line?.['decision_id'], received.decisionId);
    assert.equal((line?.['cause'] as { message: string } | undefined)?.message, 'boom');
    const refusing = setup({ ...findingStages, applyPolicy: () => deny('policy', 'policy.arguments') });
    await decide(refusing);
    assert.deepEqual(refusing.output.lines, []);
  });

  test('logs the faults of one reason once in ten seconds, with their number, and those of another one too', async () => {
    const lost = new Error('there is no connection to Redis');
    const { stages, recorder, output, clock } = setup({
      ...findingStages,
      takeLimits: () => fault('limit', 'limit.unavailable', lost),
    });
    const logged = () => output.parsed().map((line) => [line['reason'], line['more_since']]);
    for (let calls = 0; calls < 50; calls += 1) await decide({ stages, recorder });
    recorder.refusal(received, fault('record', 'record.unavailable'), {});
    const first = [
      ['limit.unavailable', undefined],
      ['record.unavailable', undefined],
    ];
    assert.deepEqual(logged(), first);
    clock.advance(10_000);
    await decide({ stages, recorder });
    assert.deepEqual(logged(), [...first, ['limit.unavailable', 49]]);
  });

  test('counts a call that ran out of time once, although its intent is recorded later', async () => {
    const { stages, recorder, lines, heard } = setup();
    const held = Promise.withResolvers<void>();
    const slow = { ...stages, consume: async () => (await held.promise, findingStages.consume) as never };
    const { verdict } = await handle(received, { stages: slow, recorder, deadlineMs: 5 }, new AbortController().signal);
    held.resolve();
    assert.equal(verdict.kind, 'fault');
    assert.deepEqual(await lines('sallyport_decisions_total'), [
      'sallyport_decisions_total{server="files",stage="consume",reason="fault.timeout",verdict="fault"} 1',
    ]);
    assert.deepEqual(heard, ['fault consume fault.timeout']);
  });

  test('counts outcomes by server, and warns of a server that fails', async () => {
    const { stages, recorder, lines, output } = setup();
    await decide({ stages, recorder });
    const outcome = { decisionId: received.decisionId, kind: 'upstream-failed', durationMs: 1, replyBytes: 0 } as const;
    recorder.outcome(outcome);
    assert.deepEqual(await lines('sallyport_outcomes_total'), [
      'sallyport_outcomes_total{server="files",kind="upstream-failed"} 1',
    ]);
    assert.deepEqual([output.parsed()[0]?.['msg'], output.parsed()[0]?.['server']], ['a tool server failed', 'files']);
  });

  test('counts a call once, also one that is recorded after it was refused for its deadline', async () => {
    const { stages, recorder, lines } = setup();
    const counts = () => lines('mcp_server_operation_duration_seconds_count');
    await stages.admit(received, new AsyncDisposableStack(), new AbortController().signal);
    recorder.refusal(received, fault('record', 'fault.timeout'), { call: facts.call });
    await recorder.intent(facts);
    recorder.outcome({ decisionId: received.decisionId, kind: 'undelivered', durationMs: 0, replyBytes: 0 });
    const one =
      'mcp_server_operation_duration_seconds_count{server="files",mcp_method_name="tools/call",error_type="fault"} 1';
    assert.deepEqual(await counts(), [one]);
  });
});
