import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { createServer as createTlsServer } from 'node:tls';
import { limitOf } from '../../src/policy/limit-spec.fixture.ts';
import { makeAuthority } from '../../src/transports/proxy/certificates.fixture.ts';
import { openLimits } from './open-limits.ts';
import { whyNoRedis } from './redis-part.ts';
import { startRedis } from './start-redis.ts';

const FAILURES_TO_LOSE = 5;
const limit = limitOf('l', { whenStoreLost: 'closed' });

/** A folder with one file, for as long as a test needs it. */
async function fileWith(text: string): Promise<AsyncDisposable & { readonly path: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'redis-file-'));
  const path = join(folder, 'file');
  await writeFile(path, text);
  return { path, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
}

/** What the log says of why that store is lost, and what a refused call is told to be the cause. */
async function whyLost(written: object): Promise<readonly string[]> {
  const lines: string[] = [];
  await using limits = await openLimits(written, { write: (line) => void lines.push(line) });
  for (let calls = 0; calls < FAILURES_TO_LOSE; calls += 1) await limits.store.take([limit]);
  const taking = await limits.store.take([limit]);
  const line: unknown = JSON.parse(lines.find((one) => one.includes('the store of limits is lost')) ?? '{}');
  assert.partialDeepStrictEqual(taking, { kind: 'lost' });
  const logged = line as { readonly level?: string; readonly cause?: { readonly message: string } };
  assert.equal(logged.level, 'error');
  return [logged.cause?.message ?? '', taking.kind === 'lost' ? String(taking.cause) : ''];
}

suite('the log, when there is no connection to Redis,', { timeout: 60_000, concurrency: true }, () => {
  test('says that it was refused', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    server.close();
    for (const said of await whyLost({ address: `127.0.0.1:${port}` })) {
      assert.match(said, new RegExp(`no connection to Redis: connect ECONNREFUSED 127.0.0.1:${port}`));
    }
  });

  test('says that the certificate is not trusted', async () => {
    const server = createTlsServer({ ...makeAuthority('theirs').issue('redis', ['ip:127.0.0.1']) }).listen(
      0,
      '127.0.0.1',
    );
    server.on('tlsClientError', () => undefined);
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    await using ca = await fileWith(makeAuthority('ours').ca);
    for (const said of await whyLost({ address: `127.0.0.1:${port}`, tls: { ca: ca.path } })) {
      assert.match(said, /no connection to Redis: unable to verify/);
    }
    server.close();
  });

  test('says that the password is wrong', { skip: whyNoRedis() }, async () => {
    await using redis = await startRedis({ words: ['--requirepass', 'right'] });
    await using password = await fileWith('wrong\n');
    for (const said of await whyLost({ socket: redis.socket, password_file: password.path })) {
      assert.match(said, /no connection to Redis: WRONGPASS/);
    }
  });

  test('says of a Redis that answers too late no more than that', { skip: whyNoRedis() }, async () => {
    await using redis = await startRedis();
    const lines: string[] = [];
    await using limits = await openLimits(
      { socket: redis.socket, timeout_ms: 20 },
      { write: (line) => void lines.push(line) },
    );
    redis.freeze();
    for (let calls = 0; calls < FAILURES_TO_LOSE; calls += 1) await limits.store.take([limit]);
    redis.thaw();
    assert.match(lines.join(''), /(no answer within 20 ms|Command timed out).*is lost/);
  });
});
