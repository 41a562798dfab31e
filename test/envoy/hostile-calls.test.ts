import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import type { HostileCall } from '../attacks/hostile-call.ts';
import { HOSTILE_CALLS } from '../attacks/hostile-calls.ts';
import { ENCODINGS } from '../attacks/hostile-calls/encodings.ts';
import { KEYS } from '../attacks/hostile-calls/keys.ts';
import { MESSAGES } from '../attacks/hostile-calls/messages.ts';
import { NUMBERS } from '../attacks/hostile-calls/numbers.ts';
import type { Era, Peer } from '../attacks/peer.ts';
import { type RawAnswer, RawConnection } from '../attacks/raw-connection.ts';
import { callText, rawRequest } from '../attacks/raw-request.ts';
import { whyNoEnvoy } from './envoy-part.ts';
import { impatient } from './impatient.ts';
import { type RecordedUpstream, startRecorded } from './recorded-upstream.ts';
import { WIRINGS } from '../e2e/carriers.ts';
import { type Guarded, startGuarded } from './start-guarded.ts';

/** What Sallyport must refuse, because Envoy reads nothing of it. */
const BODIES: readonly HostileCall[] = [...ENCODINGS, ...NUMBERS, ...KEYS, ...MESSAGES];

/**
 * What Envoy mends before anybody sees it: a path is made plain, a folded line or one behind a bare line feed becomes a header
 * field. What is judged is what is sent, so these calls are refused for what they ask.
 */
const MENDED: readonly string[] = [
  'the path by way of another',
  'the path with an escaped letter',
  'a folded header line',
  'an Mcp-Name folded onto a second line',
  'an Mcp-Name after a bare line feed',
  'HTTP/1.2',
];

const ECHO_ONLY = `apiVersion: sallyport/v1
kind: Policy
metadata: { name: echo-only }
rules: [{ id: echo, match: { tool: echo }, effect: allow }]
`;

const LEGACY_VERSION = [['mcp-protocol-version', '2025-11-25']] as const;

for (const wiring of WIRINGS) {
  suite(`a hostile call to Envoy (${wiring})`, { skip: whyNoEnvoy() }, () => {
    let upstream: RecordedUpstream;
    let guarded: Guarded;
    /** Lets only one tool be called. */
    let strict: Guarded;
    before(async () => {
      upstream = await startRecorded();
      guarded = await startGuarded({ upstream: upstream.url, wiring, edit: impatient });
      strict = await startGuarded({ upstream: upstream.url, wiring, policy: ECHO_ONLY });
    });
    after(async () => {
      await strict[Symbol.asyncDispose]();
      await guarded[Symbol.asyncDispose]();
      await upstream.close();
    });

    const peerOf = (era: Era): Peer => ({
      era,
      url: guarded.envoy.url,
      headers: era === 'legacy' ? LEGACY_VERSION : [],
    });

    const send = async (peer: Peer, attack: HostileCall): Promise<RawAnswer> => {
      await upstream.forget();
      using connection = await RawConnection.open(peer.url);
      return await connection.exchange(attack.build(peer));
    };

    const serves = async (peer: Peer): Promise<void> => {
      using connection = await RawConnection.open(peer.url);
      const body = callText(peer, '"name":"echo","arguments":{"text":"after"}');
      const answer = await connection.exchange(rawRequest(peer, { tool: 'echo', body }));
      assert.equal(answer.kind === 'reply' && answer.status, 200, JSON.stringify(answer));
      assert.equal((await upstream.calls()).length, 1);
    };

    for (const era of ['modern', 'legacy'] as const) {
      for (const attack of BODIES.filter(({ eras }) => eras.includes(era))) {
        test(`of the ${era} era with ${attack.name} is refused by Sallyport`, async () => {
          const answer = await send(peerOf(era), attack);
          assert.equal(answer.kind, 'reply');
          const body = answer.kind === 'reply' ? answer.body : '';
          assert.ok(
            attack.refusedFor.some((reason) => body.includes(reason)),
            JSON.stringify(answer),
          );
          assert.deepEqual(upstream.seen, []);
          await serves(peerOf(era));
        });
      }

      const others = HOSTILE_CALLS.filter((attack) => !BODIES.includes(attack)).filter(
        ({ name, eras }) => eras.includes(era) && !MENDED.includes(name),
      );
      for (const attack of others) {
        test(`of the ${era} era with ${attack.name} never reaches the tool server`, async () => {
          const answer = await send(peerOf(era), attack);
          assert.deepEqual(upstream.seen, [], JSON.stringify(answer));
          assert.ok(
            answer.kind === 'closed' || (answer.kind === 'reply' && answer.status >= 400),
            JSON.stringify(answer),
          );
          await serves(peerOf(era));
        });
      }
    }

    for (const attack of HOSTILE_CALLS.filter(({ name }) => MENDED.includes(name))) {
      test(`with ${attack.name}, which Envoy mends, is refused for what it asks`, async () => {
        const answer = await send({ era: 'modern', url: strict.envoy.url, headers: [] }, attack);
        assert.deepEqual(upstream.seen, [], JSON.stringify(answer));
      });
    }
  });
}
