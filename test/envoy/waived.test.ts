import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { ts2 } from '../clients/ts-2.ts';
import type { Outcome, Step } from '../clients/driver.ts';
import { startV2 } from '../servers/v2/start-v2.ts';
import { whyNoEnvoy } from './envoy-part.ts';
import { OPEN_SERVER, startGuarded } from './start-guarded.ts';

const LIST: Step = { do: 'list', what: 'tools' };
const CALL: Step = { do: 'call', tool: 'echo', args: { text: 'hi' } };

/** What came out with these rows waived: the names of tools, a value, or the reason of a refusal. */
async function run(waive: string, era: 'legacy' | 'modern', steps: readonly Step[]): Promise<readonly string[]> {
  await using upstream = await startV2();
  const serverLines = [...OPEN_SERVER, `waive: [${waive}]`];
  const door = ['replies: none'];
  await using guarded = await startGuarded({ upstream: upstream.url, serverLines, door });
  try {
    return (await ts2(era).run(guarded.envoy.url, steps)).map(short);
  } catch (error) {
    return [reasonIn(String(error))];
  }
}

function short(outcome: Outcome): string {
  return outcome.kind === 'value' ? 'value' : reasonIn(JSON.stringify(outcome));
}

function reasonIn(text: string): string {
  return /Reason ([\w.-]+),/.exec(text)?.[1] ?? text;
}

suite('what a server waives where nobody judges replies', { skip: whyNoEnvoy() }, () => {
  test('passes unjudged, and nothing else does: lists', async () => {
    assert.deepEqual(await run('lists', 'modern', [LIST, CALL]), ['value', 'value']);
    assert.deepEqual(await run('streams', 'modern', [LIST, CALL]), ['door.reply-needed', 'value']);
  });

  test('passes unjudged, and nothing else does: initialize of a server without sessions', async () => {
    assert.deepEqual(await run('sessions', 'legacy', [CALL, LIST]), ['value', 'door.reply-needed']);
    assert.deepEqual(await run('lists, streams', 'legacy', [CALL, LIST]), ['door.reply-needed']);
  });

  test('is no event stream unless it says so: GET is a method that is not served', async () => {
    await using upstream = await startV2();
    await using guarded = await startGuarded({ upstream: upstream.url, door: ['replies: none'] });
    const response = await fetch(guarded.envoy.url, { headers: { accept: 'text/event-stream' } });
    assert.deepEqual([response.status, response.headers.get('allow')], [405, 'POST']);
    assert.match(await response.text(), /door\.reply-needed/);
  });
});
