import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { suite, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { startV2 } from '../servers/v2/start-v2.ts';
import { type Answer, callTool, openAgent, withHeaders } from './agent.ts';
import { CARRIERS, whyNot } from './carriers.ts';
import { startGuarded } from './start-guarded.ts';

for (const carrier of CARRIERS) {
  suite(`a flood of bad tokens (${carrier})`, { skip: whyNot(carrier) }, () => {
    test('does not keep out who was good before, nor anybody behind an Envoy', async () => {
      await using upstream = await startV2();
      await using guarded = await startGuarded({ carrier, servers: { tools: upstream.url } });
      const known = await openAgent(guarded, 'modern', 'user:alice');
      const echo = (authorization: string): Promise<Answer> =>
        callTool(withHeaders(known, { authorization }), 'echo', { text: 'hi' });
      const good = known.headers.find(([name]) => name === 'authorization')?.[1] ?? assert.fail();
      const [header, payload] = good.split('.');
      const forged = (): string => `${header}.${payload}.${randomBytes(64).toString('base64url')}`;
      assert.equal((await echo(good)).reason, undefined);

      // One token that is sent again and again is not looked at any more, whoever sends it.
      const again = forged();
      const reasons: (string | undefined)[] = [];
      for (let times = 0; times < 6; times += 1) reasons.push((await echo(again)).reason);
      assert.deepEqual(reasons, [...Array.from({ length: 5 }, () => 'token.signature'), 'token.failures']);
      const refused = await echo(again);
      assert.deepEqual([refused.status, refused.reason], [429, 'token.failures']);
      assert.match(refused.headers.get('retry-after') ?? '', /^([1-9]|10)$/);

      // All at once: what is forgotten of them meanwhile is not enough for another one.
      await Promise.all(Array.from({ length: 95 }, () => echo(forged())));
      const isProxy = carrier === 'proxy';
      assert.equal((await echo(forged())).reason, isProxy ? 'token.failures' : 'token.signature');
      assert.equal((await echo(good)).reason, undefined);
      const newcomer = `Bearer ${await guarded.token('user:bob')}`;
      assert.equal((await echo(newcomer)).reason, isProxy ? 'token.failures' : undefined);
      while ((await echo(newcomer)).reason !== undefined) await wait(250);
    });
  });
}
