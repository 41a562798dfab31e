import assert from 'node:assert/strict';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { readSegments } from '../../src/audit/read-segments.ts';
import { listeningIo } from '../../src/cli/command-io.fixture.ts';
import { type LimitShowOptions, runLimitReset, runLimitSet, runLimitShow } from '../../src/cli/limit.ts';
import { startV2 } from '../servers/v2/start-v2.ts';
import { callTool, openAgent } from './agent.ts';
import { type Guarded, policyOf, startGuarded } from './start-guarded.ts';

const POLICY = policyOf(
  '{ id: tools, match: { tool: "*" }, effect: allow }',
  '{ id: echo.rate, match: { tool: echo }, effect: limit, limit: { rates: [{ per_hour: 3 }, { per_day: 100 }], by: [principal] } }',
);

function configOf({ folder }: Guarded): string {
  return join(folder, 'sallyport.yaml');
}

async function shown(guarded: Guarded, rule?: string, parts: Omit<LimitShowOptions, 'config'> = {}): Promise<string> {
  const io = listeningIo();
  await runLimitShow(rule, { config: configOf(guarded), ...parts }, io);
  return `${io.said()}${io.complained()}`;
}

suite('sallyport limit', () => {
  test('shows what is left for a caller and changes nothing by looking', async () => {
    await using upstream = await startV2();
    await using guarded = await startGuarded({ servers: { tools: upstream.url }, policy: POLICY });
    const alice = await openAgent(guarded, 'modern', 'user:alice');
    const whose = {
      issuer: guarded.issuer.name,
      principal: JSON.stringify([guarded.issuer.name, 'user:alice', null, null, null]),
    };
    const left = (): Promise<string> => shown(guarded, 'echo.rate', whose);
    assert.equal(await shown(guarded), 'echo.rate  3/hour burst 3 and 100/day burst 100, cost 1, by principal');
    for (const tokens of [3, 3, 3]) assert.equal(await left(), `echo.rate  ${tokens} tokens left, a call passes`);
    for (const tokens of [2, 1, 0]) {
      assert.equal((await callTool(alice, 'echo', { text: 'hi' })).reason, undefined);
      assert.match(await left(), new RegExp(`^echo.rate  ${tokens} tokens left, `));
    }
    assert.match(await left(), /a call passes in 1[12]\d{5} ms$/);
    assert.match(await shown(guarded, 'echo.rate'), /the rule counts by principal; name tenant and principal\.$/);
    assert.match(await shown(guarded, 'tools'), /there is no rule tools with a limit\.$/);
  });

  test('changes a limit for a while, over reloads and restarts, and leaves a record', async () => {
    await using upstream = await startV2();
    await using guarded = await startGuarded({ servers: { tools: upstream.url }, policy: POLICY });
    const alice = await openAgent(guarded, 'modern', 'user:alice');
    const echo = async (): Promise<string | undefined> =>
      (await callTool({ ...alice, url: guarded.url() }, 'echo', { text: 'hi' })).reason;
    const set = async (more: object): Promise<readonly [number, string]> => {
      const io = listeningIo();
      const code = await runLimitSet('echo.rate', { config: configOf(guarded), ttl: '1h', ...more }, io);
      return [code, `${io.said()}${io.complained()}`];
    };
    assert.equal(await echo(), undefined);
    const [code, said] = await set({ burst: ['1/hour'], rate: ['1/hour'], cost: '1', reason: 'it loops' });
    assert.equal(code, 0, said);
    assert.match(
      said,
      /^echo.rate {2}1\/hour burst 1 and 100\/day burst 100, cost 1, by principal; until \S+ instead of 3\/hour/,
    );
    // Two tokens were left, and no more than one may be there now.
    assert.deepEqual([await echo(), await echo()], [undefined, 'limit.exceeded']);
    assert.equal(await guarded.reload(), 'swapped');
    assert.equal(await echo(), 'limit.exceeded');
    await guarded.restart();
    assert.match(await shown(guarded), /^echo.rate {2}1\/hour burst 1 .*: it loops$/);

    for (const [more, problem] of [
      [{ rate: ['1/minute'] }, /the rule has no rate per minute/],
      [{ cost: '4' }, /no call could pass: it costs 4, and the burst per hour would be 3/],
      [{}, /Say what to change/],
      [{ rate: ['1'] }, /--rate must be a number and a period/],
      [{ cost: '0' }, /--cost must be a number from 1/],
    ] as const) {
      const [refused, why] = await set(more);
      assert.equal(refused, 2);
      assert.match(why, problem);
    }

    const io = listeningIo();
    assert.equal(await runLimitReset('echo.rate', { config: configOf(guarded) }, io), 0);
    assert.equal(io.said(), 'echo.rate  3/hour burst 3 and 100/day burst 100, cost 1, by principal');
    assert.equal(await runLimitReset('echo.rate', { config: configOf(guarded) }, io), 2);
    const records = await Array.fromAsync(readSegments(join(guarded.folder, '.sallyport/record')));
    const actions = records
      .flatMap((item) => (item.kind === 'record' ? [item.record] : []))
      .filter(({ type }) => type === 'dev.sallyport.operator.action.v1');
    assert.partialDeepStrictEqual(
      actions.map(({ data }) => data),
      [
        {
          action: 'limit.set',
          name: 'echo.rate',
          was: '3/hour burst 3, 100/day burst 100, cost 1',
          state: '1/hour burst 1, 100/day burst 100, cost 1',
          why: 'it loops',
        },
        { action: 'limit.reset', name: 'echo.rate' },
      ],
    );
  });
});
