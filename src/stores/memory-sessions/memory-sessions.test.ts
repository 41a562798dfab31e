import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createEndedSessions, openEndedSessions } from './ended-sessions.ts';
import { createMemorySessions, type MemorySessionsOptions } from './memory-sessions.ts';

const session = (owner: string, upstreamId: string) => ({ server: 'files', owner, upstreamId });

function sessions(options: Partial<MemorySessionsOptions> = {}): ReturnType<typeof createMemorySessions> {
  return createMemorySessions({
    maxPerOwner: () => 3,
    maxTotal: 1000,
    idleAfterMs: 60_000,
    ended: createEndedSessions({ nowMs: () => 0 }),
    nowMs: () => 0,
    ...options,
  });
}

/** A function that collects all garbage now. */
function garbageCollector(): () => void {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc');
}

suite('createMemorySessions()', () => {
  test('caps the sessions of one caller on one server, and of nobody else', () => {
    const registry = sessions();
    const opened = ['1', '2', '3', '4'].map((id) => registry.open(session('alice', id)));
    assert.deepEqual(opened, ['opened', 'opened', 'opened', 'too-many']);
    assert.equal(registry.hasRoom('files', 'alice'), false);
    assert.equal(registry.hasRoom('mail', 'alice'), true);
    assert.equal(registry.open(session('bob', '1')), 'opened');
  });

  test('has room again when a session ends, or was idle', () => {
    let now = 0;
    const registry = sessions({ nowMs: () => now });
    for (const id of ['1', '2', '3']) registry.open(session('alice', id));
    registry.end(session('alice', '1'));
    assert.equal(registry.open(session('alice', '4')), 'opened');
    now = 59_999;
    registry.touch(session('alice', '2'), 0);
    now = 60_000;
    assert.equal(registry.hasRoom('files', 'alice'), true);
    assert.equal(registry.size, 1);
  });

  test('counts what is being opened, so that many at once are no more than one after the other', () => {
    const registry = sessions();
    registry.open(session('alice', '1'));
    const [first, second] = [registry.reserve('files', 'alice'), registry.reserve('files', 'alice')];
    assert.ok(first !== 'too-many' && second !== 'too-many');
    assert.equal(registry.reserve('files', 'alice'), 'too-many');
    assert.equal(registry.hasRoom('files', 'alice'), false);
    assert.notEqual(registry.reserve('files', 'bob'), 'too-many');
    assert.equal(registry.open(session('alice', '2')), 'opened');
    first[Symbol.dispose]();
    second[Symbol.dispose]();
    assert.equal(registry.hasRoom('files', 'alice'), true);
    assert.notEqual(registry.reserve('files', 'alice'), 'too-many');
    assert.equal(registry.reserve('files', 'alice'), 'too-many');
  });

  test('never takes an ended session back', () => {
    const registry = sessions();
    registry.open(session('alice', '1'));
    registry.end(session('alice', '1'));
    assert.equal(registry.touch(session('alice', '1'), 0), 'ended');
    assert.equal(registry.touch(session('bob', '1'), 0), 'live');
  });

  test('takes an ended session back neither when others have pushed it out of the list', () => {
    let now = 1000;
    const ended = createEndedSessions({ capacity: 10, nowMs: () => now });
    const registry = sessions({ ended, maxPerOwner: () => 100 });
    registry.open(session('mallory', 'victim'));
    registry.open(session('alice', 'open'));
    now = 2000;
    registry.end(session('mallory', 'victim'));
    now = 3000;
    for (let at = 0; at < 10; at += 1) registry.end(session('mallory', `other-${at}`));
    assert.equal(registry.touch(session('mallory', 'victim'), 1000), 'ended');
    // Neither does who has a session that is open lose it, nor who opened one since.
    assert.equal(registry.touch(session('alice', 'open'), 1000), 'live');
    assert.equal(registry.touch(session('bob', 'younger'), 2001), 'live');
    // What is as old and unknown could be one of those: its caller opens another.
    assert.equal(registry.touch(session('bob', 'older'), 2000), 'ended');
  });

  test('adopts a genuine session that it does not know, and lets it live beyond the cap', () => {
    const registry = sessions();
    for (const id of ['1', '2', '3', '4']) assert.equal(registry.touch(session('alice', id), 0), 'live');
    assert.equal(registry.size, 3);
  });

  test('stays within 20 MB for 100 000 sessions of 100 000 callers', () => {
    const registry = sessions({ maxTotal: 100_000 });
    const collect = garbageCollector();
    collect();
    const before = process.memoryUsage().heapUsed;
    for (let at = 0; at < 100_000; at += 1)
      registry.open(session(`issuer subject-${at} ${'x'.repeat(200)}`, `id-${at}`));
    collect();
    const grown = process.memoryUsage().heapUsed - before;
    assert.equal(registry.size, 100_000);
    assert.ok(grown < 20 * 1024 * 1024, `${Math.round(grown / 1024 / 1024)} MB`);
  });

  test('forgets the one used longest ago beyond the total', () => {
    const registry = sessions({ maxTotal: 10, maxPerOwner: () => 100 });
    for (let at = 0; at < 50; at += 1) registry.open(session(`caller-${at}`, 'id'));
    assert.equal(registry.size, 10);
    assert.equal(registry.touch(session('caller-0', 'id'), 0), 'live');
  });
});

function rethrow(error: unknown): never {
  throw error;
}

suite('openEndedSessions()', () => {
  test('remembers across restarts, the last ones', () => {
    const directory = mkdtempSync(join(tmpdir(), 'ended-'));
    const path = join(directory, 'ended-sessions');
    const keys = Array.from({ length: 10 }, (_, at) => `key-${at}`.padEnd(22, '-'));
    const first = openEndedSessions({ path, onError: rethrow, nowMs: () => 0, capacity: 4 });
    for (const key of keys) first.add(key);
    const second = openEndedSessions({ path, onError: rethrow, nowMs: () => 0, capacity: 4 });
    assert.deepEqual(
      keys.filter((key) => second.has(key, 0) === 'ended'),
      keys.slice(-4),
    );
    rmSync(directory, { recursive: true });
  });

  test('knows after a restart that sessions ended which it does not remember', () => {
    const directory = mkdtempSync(join(tmpdir(), 'ended-'));
    const path = join(directory, 'ended-sessions');
    let now = 0;
    const options = { path, onError: rethrow, nowMs: () => now, capacity: 4 };
    const first = openEndedSessions(options);
    for (let at = 0; at < 10; at += 1) {
      now += 1000;
      first.add(`key-${at}`.padEnd(22, '-'));
    }
    const second = openEndedSessions(options);
    const forgotten = 'key-0'.padEnd(22, '-');
    assert.deepEqual(
      [first.has(forgotten, 500), second.has(forgotten, 500), second.has('another', 7001)],
      ['may-have-ended', 'may-have-ended', 'not-ended'],
    );
    rmSync(directory, { recursive: true });
  });

  test('reads a list that has no times yet', () => {
    const directory = mkdtempSync(join(tmpdir(), 'ended-'));
    const path = join(directory, 'ended-sessions');
    const key = 'k'.repeat(22);
    writeFileSync(path, `${key}\n`);
    const ended = openEndedSessions({ path, onError: rethrow, nowMs: () => 5000 });
    assert.deepEqual([ended.has(key, 0), ended.has('another', 0)], ['ended', 'not-ended']);
    rmSync(directory, { recursive: true });
  });

  test('ends a session in this process when the file cannot be written', () => {
    const directory = mkdtempSync(join(tmpdir(), 'ended-'));
    const errors: unknown[] = [];
    const ended = openEndedSessions({
      path: join(directory, 'ended-sessions'),
      nowMs: () => 0,
      onError: (error) => errors.push(error),
    });
    rmSync(directory, { recursive: true });
    ended.add('k'.repeat(22));
    assert.deepEqual([ended.has('k'.repeat(22), 1), errors.length], ['ended', 1]);
  });
});
