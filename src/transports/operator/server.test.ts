import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, suite, test } from 'node:test';
import type { BreakerSurface, BreakerWish } from './breaker-surface.ts';
import type { BudgetSurface, BudgetWish } from './budget-surface.ts';
import type { LimitSurface } from './limit-surface.ts';
import { AlreadyServedError, type OperatorServer, startOperatorServer } from './server.ts';
import type { OperatorStatus } from './status.ts';
import type { StopSurface } from './stop-surface.ts';

const serving: OperatorStatus = {
  state: 'serving',
  version: '0.1.0',
  config: { digest: 'a'.repeat(64), loadedAt: '2026-11-25T00:00:00.000Z' },
  record: { state: 'writing' },
};
const logLevels = { list: () => [], set: async () => undefined };
const metrics = { render: async () => 'sallyport_build_info 1\n', contentType: 'text/plain; version=0.0.4' };
const needsRoot = process.getuid?.() === 0 ? {} : { skip: 'needs root, to become another user' };

const wishes: BreakerWish[] = [];
const breakers: BreakerSurface = {
  list: () => [{ server: 'bank', tool: 'pay', state: 'open', calls: 20, failed: 11, slow: 0 }],
  async set(wish) {
    wishes.push(wish);
    return wish.server === 'bank' ? undefined : 'no such server';
  },
};

const budgetWishes: BudgetWish[] = [];
const budgets: BudgetSurface = {
  list: async () => [{ id: 'x1', name: 'r', kind: 'calls', unit: undefined, whose: '["r"]', counted: undefined }],
  async change(wish) {
    budgetWishes.push(wish);
    return wish.id === 'x1' ? undefined : 'no such budget';
  },
};

const stops: StopSurface = {
  list: () => ({ known: true, stops: [] }),
  stop: async ({ kind, name, why }) => ({ stop: { id: 'a', kind, name, since: '', why, stored: true } }),
  lift: async ({ id }) => (id === 'a' ? 'it is still in force' : 'there is no stop of that id'),
};

const limits: LimitSurface = {
  list: () => [],
  look: async ({ rule }) => ({ rule, remaining: 3, waitMs: 0 }),
  set: async () => 'no such rule',
  reset: async ({ rule }) => ({ rule, rates: [], cost: 1, by: [] }),
};

interface Reply {
  readonly status: number | undefined;
  readonly body: string;
}

function get(socketPath: string, path: string, method = 'GET', sent?: string): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const call = request({ socketPath, path, method }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        body += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode, body }));
    });
    call.on('error', reject).end(sent);
  });
}

suite('startOperatorServer()', () => {
  let root = '';
  let socketPath = '';
  let status = serving;
  let server: OperatorServer | undefined;
  const start = async (): Promise<void> => {
    server = await startOperatorServer({
      socketPath,
      status: () => status,
      metrics,
      breakers,
      budgets,
      stops,
      limits,
      logLevels,
    });
  };

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'sallyport-operator-'));
    socketPath = join(root, 'state', 'operator.sock');
    status = serving;
  });
  afterEach(async () => {
    await server?.close();
    server = undefined;
    rmSync(root, { recursive: true });
  });

  test('makes the socket 0600 in a directory 0700', async () => {
    await start();
    assert.equal(statSync(socketPath).mode & 0o777, 0o600);
    assert.equal(statSync(join(root, 'state')).mode & 0o777, 0o700);
  });

  test('refuses the connection of another user', needsRoot, async () => {
    await start();
    chmodSync(root, 0o755);
    const script = `require('node:net').connect(process.argv[1]).on('error', (e) => console.log(e.code)).on('connect', () => console.log('connected'))`;
    const asUser = { encoding: 'utf8', env: {} } as const;
    const behind = spawnSync(process.execPath, ['-e', script, socketPath], { ...asUser, uid: 65_534, gid: 65_534 });
    assert.equal(behind.stdout, 'EACCES\n');
    chmodSync(join(root, 'state'), 0o755);
    const direct = spawnSync(process.execPath, ['-e', script, socketPath], { ...asUser, uid: 65_534, gid: 65_534 });
    assert.equal(direct.stdout, 'EACCES\n');
  });

  test('is alive and ready while serving, and says with what', async () => {
    await start();
    assert.deepEqual(await get(socketPath, '/livez'), { status: 200, body: 'ok\n' });
    const { status: code, body } = await get(socketPath, '/readyz');
    assert.equal(code, 200);
    assert.deepEqual(JSON.parse(body), { ready: true, ...serving });
  });

  test('is not ready while starting or draining or while nothing can be recorded', async () => {
    await start();
    const unready: OperatorStatus[] = [
      { ...serving, state: 'starting' },
      { ...serving, state: 'draining' },
      { ...serving, record: { state: 'failing' } },
    ];
    for (const each of unready) {
      status = each;
      assert.equal((await get(socketPath, '/readyz')).status, 503);
      assert.equal((await get(socketPath, '/livez')).status, 200);
    }
  });

  test('stays ready with the last good configuration and says that a reload failed', async () => {
    await start();
    const failedReload = { at: '2026-11-25T01:00:00.000Z', problems: ['sallyport.yaml:3:1: error: unknown field.'] };
    status = { ...serving, config: { ...serving.config, failedReload } };
    const { status: code, body } = await get(socketPath, '/readyz');
    assert.equal(code, 200);
    assert.deepEqual(JSON.parse(body).config.failedReload, failedReload);
  });

  test('shows the breakers, and sets what is wished in full', async () => {
    await start();
    const { status: code, body } = await get(socketPath, '/breakers');
    assert.deepEqual([code, JSON.parse(body)], [200, breakers.list()]);
    const wish = { server: 'bank', tool: 'pay', state: 'forced_open', why: 'maintenance' };
    assert.equal((await get(socketPath, '/breakers', 'POST', JSON.stringify(wish))).status, 200);
    assert.deepEqual(wishes.splice(0), [wish]);
    const elsewhere = await get(socketPath, '/breakers', 'POST', JSON.stringify({ ...wish, server: 'shop' }));
    assert.deepEqual([elsewhere.status, JSON.parse(elsewhere.body)], [409, { problem: 'no such server' }]);
    wishes.length = 0;
    for (const odd of [
      '',
      '{',
      '[]',
      '{"server":"bank","server":"shop","state":"closed","why":"x"}',
      JSON.stringify({ ...wish, why: '' }),
      JSON.stringify({ ...wish, state: 'open' }),
      JSON.stringify({ ...wish, more: 1 }),
    ]) {
      assert.equal((await get(socketPath, '/breakers', 'POST', odd)).status, 400, odd);
    }
    assert.equal((await get(socketPath, '/breakers', 'POST', 'x'.repeat(20_000))).status, 500);
    assert.deepEqual(wishes, []);
  });

  test('shows the budgets, and changes what is wished in full', async () => {
    await start();
    const { status: code, body } = await get(socketPath, '/budgets');
    assert.deepEqual([code, JSON.parse(body)], [200, [{ id: 'x1', name: 'r', kind: 'calls', whose: '["r"]' }]]);
    const grant = { action: 'grant', id: 'x1', amount: 5, why: 'asked for' };
    const reset = { action: 'reset', id: 'x1', why: 'asked for' };
    for (const wish of [grant, reset]) {
      assert.equal((await get(socketPath, '/budgets', 'POST', JSON.stringify(wish))).status, 200);
    }
    assert.deepEqual(budgetWishes.splice(0), [grant, reset]);
    const elsewhere = await get(socketPath, '/budgets', 'POST', JSON.stringify({ ...reset, id: 'x2' }));
    assert.deepEqual([elsewhere.status, JSON.parse(elsewhere.body)], [409, { problem: 'no such budget' }]);
    budgetWishes.length = 0;
    for (const odd of [
      { ...grant, amount: -5 },
      { ...grant, amount: 0.5 },
      { ...grant, amount: '5' },
      { ...reset, more: 1 },
    ]) {
      assert.equal((await get(socketPath, '/budgets', 'POST', JSON.stringify(odd))).status, 400);
    }
    assert.deepEqual(budgetWishes, []);
  });

  test('shows what is stopped, and stops and lifts what is wished in full', async () => {
    await start();
    assert.deepEqual(JSON.parse((await get(socketPath, '/stops')).body), stops.list());
    const wish = { kind: 'tool', name: 'bank/pay', ttl_s: 60, why: 'maintenance' };
    const stopped = await get(socketPath, '/stops', 'POST', JSON.stringify(wish));
    assert.deepEqual([stopped.status, JSON.parse(stopped.body).stop.name], [200, 'bank/pay']);
    const lift = { id: 'b', why: 'done' };
    const unknown = await get(socketPath, '/stops/lift', 'POST', JSON.stringify(lift));
    assert.deepEqual([unknown.status, JSON.parse(unknown.body)], [409, { problem: 'there is no stop of that id' }]);
    for (const odd of [
      { ...wish, kind: 'everything' },
      { ...wish, name: 'pay' },
      { ...wish, kind: 'all' },
      { ...wish, kind: 'agent', name: '' },
      { ...wish, kind: 'agent', name: 'x'.repeat(4097) },
      { ...wish, ttl_s: 0 },
      { ...wish, why: '' },
      { ...wish, more: 1 },
    ]) {
      assert.equal((await get(socketPath, '/stops', 'POST', JSON.stringify(odd))).status, 400, JSON.stringify(odd));
    }
    assert.equal((await get(socketPath, '/stops/lift', 'POST', JSON.stringify({ ...lift, id: '' }))).status, 400);
  });

  test('shows limits, looks into buckets, and changes what is wished in full', async () => {
    await start();
    assert.deepEqual(JSON.parse((await get(socketPath, '/limits')).body), []);
    const look = { rule: 'bank.rate', principal: '__proto__' };
    const looked = await get(socketPath, '/limits/look', 'POST', JSON.stringify(look));
    assert.deepEqual(JSON.parse(looked.body), { rule: 'bank.rate', remaining: 3, waitMs: 0 });
    const wish = { rule: 'bank.rate', rates: [{ per: 'minute', rate: 5 }], ttl_s: 60, why: 'too many' };
    assert.equal((await get(socketPath, '/limits/set', 'POST', JSON.stringify(wish))).status, 409);
    const reset = { rule: 'bank.rate', why: 'over' };
    assert.equal((await get(socketPath, '/limits/reset', 'POST', JSON.stringify(reset))).status, 200);
    for (const odd of [
      { ...wish, rates: [] },
      { ...wish, rates: [{ per: 'week', rate: 5 }] },
      { ...wish, rates: [...wish.rates, { per: 'minute', burst: 1 }] },
      { ...wish, cost: 0 },
      { ...wish, ttl_s: undefined },
      { ...wish, rule: '../x' },
    ]) {
      assert.equal(
        (await get(socketPath, '/limits/set', 'POST', JSON.stringify(odd))).status,
        400,
        JSON.stringify(odd),
      );
    }
    assert.equal((await get(socketPath, '/limits/look', 'POST', '{"rule":"a","who":"b"}')).status, 400);
    assert.equal((await get(socketPath, '/limits/reset', 'POST', '{"rule":"a"}')).status, 400);
  });

  test('serves the metrics, and nothing else', async () => {
    await start();
    assert.equal((await get(socketPath, '/metrics?x=1')).body, 'sallyport_build_info 1\n');
    assert.equal((await get(socketPath, '/admin')).status, 404);
    assert.equal((await get(socketPath, '/livez', 'POST')).status, 405);
    assert.deepEqual(await get(socketPath, '/livez', 'HEAD'), { status: 200, body: '' });
  });

  test('takes over a socket that nobody answers', async () => {
    await start();
    await server?.close();
    const dead = `const s = require('node:net').createServer().listen(process.argv[1], () => process.kill(process.pid, 'SIGKILL'))`;
    spawnSync(process.execPath, ['-e', dead, socketPath]);
    assert.ok(statSync(socketPath).isSocket());
    await start();
    assert.equal((await get(socketPath, '/livez')).status, 200);
  });

  test('does not take over one that is answered, nor a file that is no socket', async () => {
    await start();
    await assert.rejects(
      startOperatorServer({ socketPath, status: () => status, metrics, breakers, budgets, stops, limits, logLevels }),
      AlreadyServedError,
    );
    assert.equal((await get(socketPath, '/livez')).status, 200);
    const file = join(root, 'state', 'file');
    writeFileSync(file, '');
    await assert.rejects(
      startOperatorServer({
        socketPath: file,
        status: () => status,
        metrics,
        breakers,
        budgets,
        stops,
        limits,
        logLevels,
      }),
      /not a socket/,
    );
  });

  test('makes no socket in a directory that others can write to', async () => {
    chmodSync(root, 0o777);
    const path = join(root, 'operator.sock');
    const started = startOperatorServer({
      socketPath: path,
      status: () => status,
      metrics,
      breakers,
      budgets,
      stops,
      limits,
      logLevels,
    });
    await assert.rejects(started, /others can write to it/);
  });

  test('says when the path is too long for a socket', async () => {
    const long = join(root, 'x'.repeat(120));
    await assert.rejects(
      startOperatorServer({
        socketPath: long,
        status: () => status,
        metrics,
        breakers,
        budgets,
        stops,
        limits,
        logLevels,
      }),
      /107 bytes/,
    );
  });
});
