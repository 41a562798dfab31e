import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { startV2 } from '../servers/v2/start-v2.ts';
import { type Answer, callTool, openAgent, send } from './agent.ts';
import { ALL_JUDGED, CARRIERS, whyNot } from './carriers.ts';
import { policyOf, startGuarded } from './start-guarded.ts';

const POLICY = policyOf(
  '{ id: tools, match: { tool: "*" }, effect: allow }',
  '{ id: prompts, match: { prompt: "*" }, effect: allow }',
  '{ id: echo.rate, match: { tool: echo }, effect: limit, limit: { per_minute: 2, by: [principal] } }',
  '{ id: prompt.rate, match: { prompt: "*" }, effect: limit, limit: { per_hour: 1, by: [principal] } }',
  '{ id: shared.rate, match: { tool: "*" }, effect: limit, limit: { per_minute: 100 } }',
);

function fieldsOf({ headers }: Answer): readonly (string | null)[] {
  return ['ratelimit-policy', 'ratelimit', 'retry-after'].map((name) => headers.get(name));
}

for (const carrier of CARRIERS) {
  suite(`RateLimit headers (${carrier})`, { skip: whyNot(carrier) }, () => {
    for (const judged of [true, false]) {
      test(`tell a caller of its own limits, and of none that it shares (${judged ? 'judged' : 'as it comes'})`, async () => {
        await using upstream = await startV2();
        const lines = { tools: judged ? ALL_JUDGED[carrier] : [] };
        await using guarded = await startGuarded({ carrier, servers: { tools: upstream.url }, policy: POLICY, lines });
        const [alice, bob] = [
          await openAgent(guarded, 'modern', 'user:alice'),
          await openAgent(guarded, 'modern', 'user:bob'),
        ];
        const policy = '"echo.rate";q=2;w=60';
        const echo = (peer: typeof alice): Promise<Answer> => callTool(peer, 'echo', { text: 'hi' });
        assert.deepEqual(fieldsOf(await echo(alice)), [policy, '"echo.rate";r=1', null]);
        assert.deepEqual(fieldsOf(await echo(alice)), [policy, '"echo.rate";r=0', null]);
        const refused = await echo(alice);
        assert.equal(refused.reason, 'limit.exceeded');
        const [, , retryAfter] = fieldsOf(refused);
        assert.deepEqual(fieldsOf(refused), [policy, `"echo.rate";r=0;t=${retryAfter}`, retryAfter]);
        assert.match(retryAfter ?? '', /^(2\d|30)$/);
        assert.deepEqual(fieldsOf(await echo(bob)), [policy, '"echo.rate";r=1', null]);
        assert.deepEqual(fieldsOf(await callTool(alice, 'add', { a: 1, b: 2 })), [null, null, null]);
      });
    }

    test('say so in both forms of a refusal', async () => {
      await using upstream = await startV2();
      await using guarded = await startGuarded({ carrier, servers: { tools: upstream.url }, policy: POLICY });
      const alice = await openAgent(guarded, 'modern', 'user:alice');
      const limited = {
        tool: () => callTool(alice, 'echo', { text: 'hi' }),
        prompt: () => send(alice, 'prompts/get', { name: 'x' }),
      };
      for (const call of [limited.tool, limited.tool, limited.prompt]) await call();
      const tool = await limited.tool();
      const refusal = tool.messages[0]?.result._meta['sallyport/refusal'];
      assert.deepEqual([tool.messages[0]?.result.isError, refusal.reason], [true, 'limit.exceeded']);
      assert.equal(String(refusal.retry_after_seconds), tool.headers.get('retry-after'));
      const prompt = await limited.prompt();
      const after = prompt.headers.get('retry-after');
      assert.match(after ?? '', /^3[56]\d\d$/);
      assert.partialDeepStrictEqual(prompt.messages, [
        { id: 7, error: { code: -31_422, data: { reason: 'limit.exceeded', retry_after_seconds: Number(after) } } },
      ]);
      assert.deepEqual(fieldsOf(prompt), ['"prompt.rate";q=1;w=3600', `"prompt.rate";r=0;t=${after}`, after]);
    });

    test('are left out where the server says so', async () => {
      await using upstream = await startV2();
      const lines = { tools: ['rate_limit_headers: false'] };
      await using guarded = await startGuarded({ carrier, servers: { tools: upstream.url }, policy: POLICY, lines });
      const alice = await openAgent(guarded, 'modern', 'user:alice');
      for (const expected of [undefined, undefined, 'limit.exceeded']) {
        const answer = await callTool(alice, 'echo', { text: 'hi' });
        assert.deepEqual([answer.reason, ...fieldsOf(answer).slice(0, 2)], [expected, null, null]);
      }
    });
  });
}
