import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { after, before, suite, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import type { Peer } from '../attacks/peer.ts';
import { type RawAnswer, RawConnection } from '../attacks/raw-connection.ts';
import { callText, rawRequest } from '../attacks/raw-request.ts';
import { doorSocket, listenerOf, WIRINGS } from '../e2e/carriers.ts';
import { writeProject } from '../e2e/start-sallyport.ts';
import type { Upstream } from '../servers/upstream.ts';
import { startV2 } from '../servers/v2/start-v2.ts';
import { whyNoEnvoy } from './envoy-part.ts';
import { startKillable } from './killable-process.ts';
import { type StandInAnswers, startStandIn } from './stand-in.ts';
import { type RunningEnvoy, startEnvoy } from './start-envoy.ts';

async function post(url: string): Promise<RawAnswer> {
  const peer: Peer = { era: 'modern', url, headers: [] };
  using connection = await RawConnection.open(url);
  const body = callText(peer, '"name":"echo","arguments":{"text":"hi"}');
  return await connection.exchange(rawRequest(peer, { tool: 'echo', body }), 20_000);
}

/** What an agent gets while nobody can tell whether its call is allowed. */
function assertOutage(answer: RawAnswer): void {
  assert.ok(answer.kind === 'reply', JSON.stringify(answer));
  // Envoy says 504 where it waited for a message on a stream, 503 for the rest.
  assert.ok([503, 504].includes(answer.status), String(answer.status));
  assert.equal(answer.headers.get('content-type'), 'application/json');
  const { error } = JSON.parse(answer.body) as { error: { code: number } };
  assert.ok([-31503, -31504, -31500].includes(error.code), answer.body);
}

/** Answers of a service that is broken. */
const BROKEN: Readonly<Record<string, StandInAnswers>> = {
  'the answer does not come in time': {
    check: () => Promise.withResolvers<Uint8Array>().promise,
    process: () => Promise.withResolvers<undefined>().promise,
  },
  'the answer is an error of gRPC': {
    check: () => Promise.reject(new Error('broken')),
    process: () => Promise.reject(new Error('broken')),
  },
  'the answer is no message that Envoy knows': {
    check: async () => Uint8Array.of(0x0a, 0xff, 0xff, 0xff),
    process: async ({ send }) => {
      await send(Uint8Array.of(0x0a, 0xff, 0xff, 0xff));
      await Promise.withResolvers<undefined>().promise;
    },
  },
  'the answer is an empty message': {
    // To a Check that is a permission of Envoy's: the status says it, and none is OK.
    check: () => Promise.reject(new Error('not asked here')),
    process: async ({ send }) => {
      await send(new Uint8Array());
      await Promise.withResolvers<undefined>().promise;
    },
  },
  'nobody serves what Envoy asks for': {},
};

for (const wiring of WIRINGS) {
  suite(`without an answer of Sallyport (${wiring})`, { skip: whyNoEnvoy() }, () => {
    let upstream: Upstream;
    before(async () => {
      upstream = await startV2();
    });
    after(() => upstream.close());

    const assertNothingRan = async (envoy: RunningEnvoy): Promise<void> => {
      await upstream.forget();
      assertOutage(await post(envoy.url));
      assert.deepEqual(await upstream.calls(), []);
    };

    test('a call is refused: nobody listens', async () => {
      await using envoy = await startEnvoy({ wiring, socket: '/tmp/there-is-no-such.sock', upstream: upstream.url });
      await assertNothingRan(envoy);
    });

    for (const [what, answers] of Object.entries(BROKEN)) {
      test(`a call is refused: ${what}`, async () => {
        await using service = await startStandIn(answers);
        await using envoy = await startEnvoy({ wiring, socket: service.socket, upstream: upstream.url });
        await assertNothingRan(envoy);
      });
    }

    test('a call in progress is refused when Sallyport is killed, and served again when it is back', async () => {
      const folder = await writeProject({
        servers: { files: upstream.url },
        listeners: listenerOf({ carrier: wiring }),
        level: 'info',
      });
      let served = await startKillable(folder);
      await using envoy = await startEnvoy({ wiring, socket: doorSocket(folder), upstream: upstream.url });
      const stop = new AbortController();
      const statuses = new Map<number | string, number>();
      const load = Array.from({ length: 4 }, async () => {
        while (!stop.signal.aborted) {
          const answer = await post(envoy.url);
          await pause(5);
          const status = answer.kind === 'reply' ? answer.status : answer.kind;
          if (status === 503) assertOutage(answer);
          statuses.set(status, (statuses.get(status) ?? 0) + 1);
        }
      });
      const servedAgain = async (): Promise<void> => {
        const enough = (statuses.get(200) ?? 0) + 10;
        while ((statuses.get(200) ?? 0) < enough) await pause(5);
      };
      for (let round = 0; round < 3; round += 1) {
        await servedAgain();
        await served.kill();
        await assertNothingRan(envoy).catch((error: unknown) => {
          stop.abort();
          throw error;
        });
        served = await startKillable(folder);
      }
      stop.abort();
      await Promise.all(load);
      const last = await post(envoy.url);
      await served.kill();
      await rm(folder, { recursive: true, force: true });
      assert.equal(last.kind === 'reply' && last.status, 200, JSON.stringify(last));
      assert.deepEqual(new Set(statuses.keys()), new Set([200, 503]));
    });
  });
}
