import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import type { Peer } from '../attacks/peer.ts';
import { type RawAnswer, RawConnection } from '../attacks/raw-connection.ts';
import { callText, rawRequest } from '../attacks/raw-request.ts';
import { writeProject } from '../e2e/start-sallyport.ts';
import type { Upstream } from '../servers/upstream.ts';
import { startV2 } from '../servers/v2/start-v2.ts';
import { whyNoEnvoy } from './envoy-part.ts';
import { type RunningEnvoy, startEnvoy } from './start-envoy.ts';
import { startStandIn } from './stand-in.ts';
import { doorSection, doorSocket, startGuarded } from './start-guarded.ts';

const MAIN = join(import.meta.dirname, '../../src/cli/main.ts');

function echo(url: string): Uint8Array {
  const peer: Peer = { era: 'modern', url, headers: [] };
  return rawRequest(peer, { tool: 'echo', body: callText(peer, '"name":"echo","arguments":{"text":"hi"}') });
}

async function post(url: string): Promise<RawAnswer> {
  using connection = await RawConnection.open(url);
  return await connection.exchange(echo(url), 20_000);
}

/** What an agent gets while nobody can tell whether its call is allowed. */
function assertOutage(answer: RawAnswer): void {
  assert.ok(answer.kind === 'reply', JSON.stringify(answer));
  assert.equal(answer.status, 503);
  assert.equal(answer.headers.get('content-type'), 'application/json');
  const { error } = JSON.parse(answer.body) as { error: { code: number } };
  assert.ok([-31503, -31500].includes(error.code), answer.body);
}

/** `sallyport serve` as a process of its own, to be killed. */
async function serve(folder: string): Promise<ChildProcess> {
  const child = spawn(process.execPath, [MAIN, 'serve', '--config', join(folder, 'sallyport.yaml')], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ready = Promise.withResolvers<void>();
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      if (said.includes('"ready"')) ready.resolve();
    });
  }
  child.once('exit', () => ready.reject(new Error(said)));
  await ready.promise;
  return child;
}

async function kill(child: ChildProcess): Promise<void> {
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}

suite('without an answer of Sallyport', { skip: whyNoEnvoy() }, () => {
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

  test('a call is refused with 503: nobody listens', async () => {
    await using envoy = await startEnvoy({ socket: '/tmp/there-is-no-such.sock', upstream: upstream.url });
    await assertNothingRan(envoy);
  });

  test('a call is refused with 503: the answer does not come in time', async () => {
    await using service = await startStandIn(() => Promise.withResolvers<Uint8Array>().promise);
    await using envoy = await startEnvoy({ socket: service.socket, upstream: upstream.url });
    await assertNothingRan(envoy);
  });

  test('a call is refused with 503: the answer is an error of gRPC', async () => {
    await using service = await startStandIn(() => Promise.reject(new Error('broken')));
    await using envoy = await startEnvoy({ socket: service.socket, upstream: upstream.url });
    await assertNothingRan(envoy);
  });

  test('a call is refused with 503: the answer is no CheckResponse', async () => {
    await using service = await startStandIn(async () => Uint8Array.of(0x0a, 0xff, 0xff, 0xff));
    await using envoy = await startEnvoy({ socket: service.socket, upstream: upstream.url });
    await assertNothingRan(envoy);
  });

  test('a call in progress is refused with 503 when Sallyport is killed, and served again when it is back', async () => {
    const folder = await writeProject({
      servers: { files: upstream.url },
      listeners: doorSection(),
      more: '',
      level: 'info',
    });
    let served = await serve(folder);
    await using envoy = await startEnvoy({ socket: doorSocket(folder), upstream: upstream.url });
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
    for (let round = 0; round < 3; round += 1) {
      await pause(200);
      await kill(served);
      await assertNothingRan(envoy).catch((error: unknown) => {
        stop.abort();
        throw error;
      });
      served = await serve(folder);
    }
    stop.abort();
    await Promise.all(load);
    const last = await post(envoy.url);
    await kill(served);
    await rm(folder, { recursive: true, force: true });
    assert.equal(last.kind === 'reply' && last.status, 200, JSON.stringify(last));
    assert.deepEqual(new Set(statuses.keys()), new Set([200, 503]));
  });
});

suite('a reload under load', { skip: whyNoEnvoy() }, () => {
  test('lets every call be answered, and none pass that the new rules refuse', async () => {
    await using upstream = await startV2();
    await using guarded = await startGuarded({ upstream: upstream.url });
    const { envoy, sallyport } = guarded;
    const policy = join(sallyport.folder, 'policies/policy.yaml');
    const rules = (effect: 'allow' | 'deny'): string =>
      `apiVersion: sallyport/v1\nkind: Policy\nmetadata: { name: turn }\nrules: [{ id: turn, match: { tool: echo }, effect: ${effect} }]\n`;
    const stop = new AbortController();
    const answers: RawAnswer[] = [];
    const load = Array.from({ length: 8 }, async () => {
      using connection = await RawConnection.open(envoy.url);
      while (!stop.signal.aborted) answers.push(await connection.exchange(echo(envoy.url)));
    });
    for (const effect of ['deny', 'allow', 'deny', 'allow', 'deny'] as const) {
      await pause(100);
      await writeFile(policy, rules(effect));
      assert.equal(await sallyport.reload(), 'swapped');
    }
    stop.abort();
    await Promise.all(load);
    await upstream.forget();
    const refused = await Promise.all(Array.from({ length: 20 }, () => post(envoy.url)));
    for (const answer of refused) assert.ok(answer.kind === 'reply' && answer.body.includes('policy.denied'));
    assert.deepEqual(await upstream.calls(), []);
    const others = answers.filter(
      (answer) => !(answer.kind === 'reply' && (answer.status === 200 || answer.body.includes('fault.reloaded'))),
    );
    assert.deepEqual(others, []);
    assert.ok(answers.length > 50);
  });
});
