import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { countOf } from '../../src/policy/count-spec.fixture.ts';
import { limitOf } from '../../src/policy/limit-spec.fixture.ts';
import { makeAuthority } from '../../src/transports/proxy/certificates.fixture.ts';
import { freePort } from '../e2e/free-port.ts';
import { openLimits } from './open-limits.ts';
import { openOrders } from './open-orders.ts';
import { whyNoRedis } from './redis-part.ts';
import { startRedis } from './start-redis.ts';
import { startSentinel } from './start-sentinel.ts';

const PASSWORD = 'sesame';
const USER = 'guard';
/** What a user needs at least; `docs/limits.md` says the same. */
const RIGHTS = '~sallyport:* &sallyport:* +@connection +@read +@write +@scripting +@pubsub +info +time'.split(' ');
const limit = limitOf('l', { whenStoreLost: 'closed' });
const running = countOf('c', { kind: 'concurrent', most: 1, amount: 1, whenStoreLost: 'closed' });

/** That user alone, and nobody by default. */
const USERS = ['--user', 'default', 'off', '--user', USER, 'on', `>${PASSWORD}`, ...RIGHTS];

interface Papers extends AsyncDisposable {
  readonly folder: string;
  readonly tls: { readonly ca: string; readonly certificate: string; readonly key: string };
  /** A file with `text`. @returns Its path. */
  write(name: string, text: string): Promise<string>;
}

/** Certificates for everybody, and a password, in files. */
async function papers(): Promise<Papers> {
  const folder = await mkdtemp(join(tmpdir(), 'redis-papers-'));
  const write = async (name: string, text: string): Promise<string> => {
    await writeFile(join(folder, name), text, { mode: 0o600 });
    return join(folder, name);
  };
  const authority = makeAuthority('own authority', 'P-256');
  const { cert, key } = authority.issue('redis', ['ip:127.0.0.1']);
  return {
    folder,
    tls: {
      ca: await write('ca.pem', authority.ca),
      certificate: await write('cert.pem', cert),
      key: await write('key.pem', key),
    },
    write,
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

function filesOf({ tls: { ca, certificate, key } }: Papers): readonly string[] {
  return ['--tls-ca-cert-file', ca, '--tls-cert-file', certificate, '--tls-key-file', key];
}

suite('a Redis that speaks TLS and knows its users', { skip: whyNoRedis(), timeout: 120_000 }, () => {
  const start = async (own: Papers, port: number) =>
    await startRedis({ words: ['--tls-port', `${port}`, ...filesOf(own), ...USERS] });

  test('takes limits, counts and orders from a user with the rights that are named', async () => {
    await using own = await papers();
    const port = await freePort();
    await using _redis = await start(own, port);
    const password = await own.write('password', `${PASSWORD}\n`);
    const written = { address: `127.0.0.1:${port}`, username: USER, password_file: password, tls: own.tls };
    const lines: string[] = [];
    await using limits = await openLimits({ ...written, leases: true }, { write: (line) => void lines.push(line) });
    assert.equal((await limits.store.take([limit])).kind, 'taken');
    await limits.store.refund([limit]);
    const asked = { decisionId: 'd', limits: [limit], counts: [running], heldMs: 1000 };
    assert.equal((await limits.counts.reserve(asked)).kind, 'taken');
    assert.equal((await limits.counts.reserve({ ...asked, decisionId: 'e' })).kind, 'full');
    await limits.counts.renew('d', [running], 1000);
    await limits.counts.vacate('d', [running]);
    assert.equal((await limits.counts.reserve({ ...asked, decisionId: 'e' })).kind, 'taken');
    await limits.counts.settle('e', [{ ...running, actual: 1 }]);
    assert.equal(await limits.counted('sallyport_limit_store_lost'), 0);
    assert.deepEqual(lines, []);
    await using one = await openOrders(own.folder, 'one', written);
    await using other = await openOrders(own.folder, 'other', written);
    assert.equal(await one.book.add({ id: 'a', kind: 'all', name: '', sinceMs: 0, why: 'a test' }), 'stored');
    while (other.book.list().length === 0) await pause(5);
    assert.deepEqual([one.book.isKnown, other.book.isKnown], [true, true]);
  });

  test('is lost to who has no certificate, another password or no user', async () => {
    await using own = await papers();
    const port = await freePort();
    await using _redis = await start(own, port);
    const right = await own.write('right', PASSWORD);
    const wrong = await own.write('wrong', 'open');
    const written = { address: `127.0.0.1:${port}`, username: USER, password_file: right, tls: own.tls };
    for (const changed of [
      { tls: { ca: own.tls.ca } },
      { tls: undefined },
      { password_file: wrong },
      { username: undefined },
      { username: 'somebody' },
    ]) {
      await using limits = await openLimits({ ...written, ...changed });
      assert.equal((await limits.store.take([limit])).kind, 'lost', JSON.stringify(changed));
    }
  });
});

suite('Sentinels that speak TLS and know their users', { skip: whyNoRedis(), timeout: 120_000 }, () => {
  test('lead to the master, and to the next one', async () => {
    await using own = await papers();
    await using watched = await startSentinel({ password: PASSWORD, user: USER, tls: own.tls });
    const password = await own.write('password', PASSWORD);
    const { master, nodes } = watched;
    const written = {
      sentinel: { master, nodes, username: USER, password_file: password },
      username: USER,
      password_file: password,
      tls: own.tls,
      timeout_ms: 1000,
    };
    await using limits = await openLimits(written);
    assert.equal((await limits.store.take([limit])).kind, 'taken');
    await watched.replicated();
    await watched.killMaster();
    await watched.failedOver();
    while ((await limits.store.take([limit])).kind !== 'taken') await pause(20);
  });

  test('tell nothing to who names another user', async () => {
    await using own = await papers();
    await using watched = await startSentinel({ password: PASSWORD, user: USER, tls: own.tls });
    const password = await own.write('password', PASSWORD);
    const { master, nodes } = watched;
    await using limits = await openLimits({
      sentinel: { master, nodes, username: 'somebody', password_file: password },
      username: USER,
      password_file: password,
      tls: own.tls,
    });
    assert.equal((await limits.store.take([limit])).kind, 'lost');
  });
});
