import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeAuthority } from '../../src/transports/proxy/certificates.fixture.ts';
import { freePort } from '../e2e/free-port.ts';
import { type Fault, startFaultProxy } from '../faults/fault-proxy.ts';
import { startRedis } from '../redis/start-redis.ts';
import type { ChaosFault, Scene } from './fault.ts';
import { LOST, storeOf } from './redis-faults.ts';

/** One Redis by TCP, with faults on the way. */
async function redisBehind(fault: Fault): Promise<Scene> {
  await using opening = new AsyncDisposableStack();
  const port = await freePort();
  opening.use(await startRedis({ words: ['--port', `${port}`, '--bind', '127.0.0.1'] }));
  const way = opening.use(await startFaultProxy(`redis://127.0.0.1:${port}`));
  const opened = opening.move();
  return {
    store: storeOf(`address: "127.0.0.1:${way.port}"`),
    begin: () => way.set(fault),
    end: () => way.set('none'),
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

/** One Redis that speaks TLS only, with a certificate of an authority that the configuration names; it dies. */
async function redisWithTls(): Promise<Scene> {
  await using opening = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'redis-tls-'));
  opening.defer(() => rm(folder, { recursive: true, force: true }));
  const files = { ca: join(folder, 'ca.pem'), cert: join(folder, 'redis.pem'), key: join(folder, 'redis.key') };
  const authority = makeAuthority('authority', 'P-256');
  const { cert, key } = authority.issue('redis', ['dns:localhost', 'ip:127.0.0.1']);
  for (const [file, text] of [
    [files.ca, authority.ca],
    [files.cert, cert],
    [files.key, key],
  ] as const) {
    await writeFile(file, text);
  }
  const port = await freePort();
  const tls = ['--tls-cert-file', files.cert, '--tls-key-file', files.key, '--tls-ca-cert-file', files.ca];
  const words = ['--tls-port', `${port}`, '--bind', '127.0.0.1', '--tls-auth-clients', 'no', ...tls];
  const redis = opening.use(await startRedis({ words }));
  const opened = opening.move();
  return {
    store: storeOf(`address: "localhost:${port}", tls: { ca: ${files.ca} }`),
    begin: () => redis.kill(),
    end: () => redis.restart(),
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

/** What happens on the way to a Redis that stands alone. */
export const REDIS_WAY_FAULTS: readonly ChaosFault[] = [
  {
    id: 'redis-slow',
    what: 'Redis answers 100 to 200 ms late, later than is waited for',
    open: () => redisBehind({ delayMs: [100, 200] }),
    expected: { seen: LOST },
  },
  {
    id: 'redis-late',
    only: 'long',
    what: 'Redis answers 5 to 15 ms late, and in time',
    open: () => redisBehind({ delayMs: [5, 15] }),
    expected: { seen: [/^completed$/] },
  },
  {
    id: 'redis-dripping',
    only: 'long',
    what: 'Redis answers one byte every 5 ms',
    open: () => redisBehind({ dripEveryMs: 5 }),
    expected: { seen: LOST },
  },
  {
    id: 'redis-unreachable',
    what: 'what is sent to Redis is lost on the way',
    open: () => redisBehind('silent'),
    expected: { seen: LOST },
  },
  {
    id: 'redis-reset',
    what: 'connections to Redis are reset',
    open: () => redisBehind('reset'),
    expected: { seen: LOST },
  },
  {
    id: 'redis-garbage',
    what: 'something else answers in place of Redis',
    open: () => redisBehind({ answer: Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n') }),
    expected: { seen: LOST },
  },
  {
    id: 'redis-tls-killed',
    what: 'a Redis that speaks TLS is killed, and started again empty',
    open: redisWithTls,
    expected: { seen: LOST, burstsAgain: 1 },
  },
];
