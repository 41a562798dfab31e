import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, suite, test } from 'node:test';
import { OwnOrders } from './own-orders.ts';
import { OrdersFullError } from './order-book.ts';
import { MAX_ORDERS } from './order-document.ts';
import { agent, stopOf } from './order.fixture.ts';

const call = { server: 'files', tool: 'write_file', identity: agent };

suite('OwnOrders', () => {
  let folder = '';
  let nowMs = 0;
  const errors: unknown[] = [];
  const open = (path = join(folder, 'orders.json')): OwnOrders =>
    new OwnOrders({ path, nowMs: () => nowMs, onError: (cause) => errors.push(cause) });

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'sallyport-stops-'));
    nowMs = 0;
    errors.length = 0;
  });
  afterEach(() => {
    chmodSync(folder, 0o700);
    rmSync(folder, { recursive: true, force: true });
  });

  test('keeps what is stopped over a restart, and what was lifted', async () => {
    const stops = open();
    assert.equal(await stops.add(stopOf('a', { kind: 'agent', name: 'agent:mail', untilMs: 60_000 })), 'stored');
    assert.equal(await stops.add(stopOf('b', { kind: 'jti', name: 'token-1' })), 'stored');
    assert.equal((await stops.lift('b'))?.id, 'b');
    assert.equal(await stops.lift('b'), undefined);
    const again = open();
    assert.equal(again.find(call)?.id, 'a');
    assert.deepEqual(
      again.list().map(({ id, isStored }) => [id, isStored]),
      [['a', true]],
    );
    assert.equal(statSync(join(folder, 'orders.json')).mode & 0o777, 0o600);
  });

  test('forgets what has ended when something changes', async () => {
    const stops = open();
    await stops.add(stopOf('a', { untilMs: 10 }));
    nowMs = 10;
    assert.equal(stops.find(call), undefined);
    assert.deepEqual(stops.list(), []);
    await stops.add(stopOf('b'));
    assert.doesNotMatch(readFileSync(join(folder, 'orders.json'), 'utf8'), /"id":"a"/);
  });

  test('does not begin with a file that it cannot read', () => {
    const path = join(folder, 'orders.json');
    for (const text of ['', '{', '[]', '{"change":"x","before":[],"orders":[{"id":"a"}]}', '{"change":"","more":1}']) {
      writeFileSync(path, text);
      assert.throws(() => open(), /what operators ordered cannot be read/);
    }
  });

  test('stops although it cannot store it, says so, and stores it with the next', async () => {
    const path = join(folder, 'later', 'orders.json');
    const stops = open(path);
    assert.equal(await stops.add(stopOf('a')), 'here');
    assert.equal(stops.find(call)?.id, 'a');
    assert.deepEqual(
      stops.list().map(({ isStored }) => isStored),
      [false],
    );
    assert.equal(errors.length, 1);
    await assert.rejects(stops.lift('a'), /ENOENT/);
    assert.equal(stops.find(call)?.id, 'a');
    mkdirSync(join(folder, 'later'));
    assert.equal(await stops.add(stopOf('b')), 'stored');
    assert.deepEqual(
      open(path)
        .list()
        .map(({ id, isStored }) => [id, isStored]),
      [
        ['a', true],
        ['b', true],
      ],
    );
  });

  const ofAgent = (id: string, name = id) => stopOf(id, { kind: 'agent', name, untilMs: 10 });

  test('has an end to how many there are, but for one that stops everything', async () => {
    const stops = open();
    for (let i = 0; i < MAX_ORDERS; i += 1) await stops.add(ofAgent(String(i)));
    await assert.rejects(stops.add(ofAgent('more')), OrdersFullError);
    assert.equal(await stops.add(stopOf('everything')), 'stored');
    assert.equal(open().find(call)?.id, 'everything');
    nowMs = 10;
    assert.equal(await stops.add(ofAgent('later')), 'stored');
  });

  test('takes none that could not be read again', async () => {
    const stops = open();
    const long = '\u0000'.repeat(4096);
    const adding = async (): Promise<void> => {
      for (let i = 0; i < MAX_ORDERS; i += 1) await stops.add(ofAgent(String(i), `${long.slice(9)}${i}`));
    };
    await assert.rejects(adding(), OrdersFullError);
    assert.deepEqual(open().list(), stops.list());
    assert.ok(stops.list().length > 10);
  });
});
