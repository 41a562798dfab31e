import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Peer } from '../attacks/peer.ts';
import { type RawAnswer, RawConnection } from '../attacks/raw-connection.ts';
import { callText, rawRequest } from '../attacks/raw-request.ts';
import { type MoodyUpstream, startMoody } from '../envoy/moody-upstream.ts';
import { outcomes } from '../envoy/outcomes.ts';
import { type Carrier, CARRIERS, whyNot } from './carriers.ts';
import { type StartedSallyport, startSallyport } from './start-sallyport.ts';

/** What the agent gets: a status, or an end of the connection in the middle of it. */
type Got = number | 'closed' | 'silent';

/** How a tool server fails, and what that is for the agent: Sallyport answers where it judges the reply, else Envoy does. */
const FAILING: readonly {
  readonly mood: 'resetting' | 'breaking' | 'streaming';
  readonly got: Record<Carrier, readonly Got[]>;
}[] = [
  { mood: 'resetting', got: { proxy: [503], authorize: [503], inspect: [503] } },
  { mood: 'breaking', got: { proxy: [503], authorize: ['closed'], inspect: [502] } },
  { mood: 'streaming', got: { proxy: [200], authorize: ['closed'], inspect: [502, 'closed'] } },
];

for (const carrier of CARRIERS) {
  suite(`a tool server that fails (${carrier})`, { skip: whyNot(carrier) }, () => {
    let upstream: MoodyUpstream;
    let sallyport: StartedSallyport;
    before(async () => {
      upstream = await startMoody();
      sallyport = await startSallyport({ carrier, servers: { tools: upstream.url } });
    });
    after(async () => {
      await sallyport.close();
      await upstream[Symbol.asyncDispose]();
    });

    const echo = (): Uint8Array => {
      const peer: Peer = { era: 'modern', url: sallyport.url('tools'), headers: [] };
      return rawRequest(peer, { tool: 'echo', body: callText(peer, '"name":"echo","arguments":{"text":"hi"}') });
    };
    const call = async (): Promise<RawAnswer> => {
      using connection = await RawConnection.open(sallyport.url('tools'));
      return await connection.exchange(echo(), 20_000);
    };
    const expectServed = async (): Promise<void> => {
      upstream.mood = 'good';
      const answer = await call();
      assert.ok(answer.kind === 'reply' && answer.status === 200 && answer.body.includes('"text":"hi"'));
    };
    /** What the record says of the last of so many calls. */
    const lastOutcome = async (calls: number): Promise<string | undefined> =>
      (await outcomes(sallyport.folder, calls)).at(calls - 1)?.kind;
    /** Shows that the agent got this, that nobody made a result of it, and that an answer is one of JSON-RPC. */
    const expectGot = (answer: RawAnswer, ...expected: readonly Got[]): void => {
      const got = answer.kind === 'reply' ? answer.status : answer.kind;
      assert.ok(expected.includes(got), JSON.stringify(answer));
      const body = answer.kind === 'reply' ? answer.body : '"jsonrpc" "error"';
      assert.match(body, /"jsonrpc"[^]*"error"/);
      assert.doesNotMatch(body, /"result"/);
    };

    let calls = 0;
    for (const { mood, got } of FAILING) {
      test(`is told as such (${mood}), and answers the next call`, async () => {
        upstream.mood = mood;
        expectGot(await call(), ...got[carrier]);
        calls += 1;
        assert.equal(await lastOutcome(calls), 'upstream-failed');
        await expectServed();
        calls += 1;
        assert.equal(await lastOutcome(calls), 'answered');
      });
    }

    test('by not answering hears of it when the agent goes', async () => {
      upstream.mood = 'silent';
      const connection = await RawConnection.open(sallyport.url('tools'));
      void connection.exchange(echo(), 20_000);
      while (upstream.waiting === 0) await nextTurn();
      connection[Symbol.dispose]();
      while (upstream.waiting > 0) await nextTurn();
      calls += 1;
      assert.equal(await lastOutcome(calls), 'cancelled');
      await expectServed();
      calls += 1;
    });

    test('by not being there is told as such', async () => {
      await upstream.die();
      expectGot(await call(), 503);
      calls += 1;
      assert.equal(await lastOutcome(calls), 'upstream-failed');
    });
  });
}
