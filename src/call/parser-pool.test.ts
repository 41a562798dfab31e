import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { type ParseFailure, ParserPool, POOL_DEFAULTS } from './parser-pool.ts';
import { type JsonRefusal, MESSAGE_LIMITS, type ParsedJson, parseJson } from './parse-json.ts';
import { readCallAsync } from './read-call.ts';
import { legacyPost, outcomeOf, traits } from './received.fixture.ts';

const LARGE_CALL = {
  jsonrpc: '2.0',
  id: 1,
  method: 'tools/call',
  params: { name: 'echo', arguments: { text: 'x'.repeat(300_000), rows: [{ a: 1 }, { b: [true, null] }] } },
};

/** A thread that fails as `how` says. */
function stuckWorker(how: 'hangs' | 'throws' | 'exits'): Worker {
  return new Worker(new URL('./stuck-worker.fixture.ts', import.meta.url), { workerData: how });
}

/** Starts none. */
function noWorker(): Worker {
  throw new Error('a planted failure');
}

function parse(pool: ParserPool, message: unknown, sender = 'alice'): Promise<ParsedJson | JsonRefusal | ParseFailure> {
  return pool.for(sender).parse(Buffer.from(JSON.stringify(message)), MESSAGE_LIMITS);
}

suite('ParserPool', () => {
  test('reads what parseJson() reads', async () => {
    await using pool = new ParserPool();
    const bytes = Buffer.from(JSON.stringify(LARGE_CALL));
    const parsed = (await pool.for('alice').parse(bytes, MESSAGE_LIMITS)) as ParsedJson;
    const here = parseJson(bytes) as ParsedJson;
    assert.deepEqual(parsed.value, here.value);
    assert.deepEqual(parsed.spanOf(['params', 'name']), here.spanOf(['params', 'name']));
    assert.equal(bytes.toString(), JSON.stringify(LARGE_CALL));
  });

  test('refuses what parseJson() refuses', async () => {
    await using pool = new ParserPool();
    const answer = await pool.for('alice').parse(Buffer.from('{"a":1,"a":2}'), MESSAGE_LIMITS);
    assert.deepEqual(answer, { kind: 'refused', reason: 'json.duplicate-key', offset: 7 });
  });

  test('reads many bodies at once, each for its own caller', async () => {
    await using pool = new ParserPool();
    const bodies = Array.from({ length: 20 }, (_, index) => ({ index }));
    const answers = await Promise.all(bodies.map((body) => parse(pool, body)));
    assert.deepEqual(
      answers.map((answer) => (answer as ParsedJson).value),
      bodies.map(({ index }) => new Map([['index', index]])),
    );
  });

  for (const how of ['throws', 'exits'] as const) {
    test(`refuses the body whose thread ${how}, and reads the next one in a new thread`, async () => {
      const threads = [() => stuckWorker(how), POOL_DEFAULTS.spawn];
      const spawn = (): Worker => (threads.shift() ?? POOL_DEFAULTS.spawn)();
      await using pool = new ParserPool({ ...POOL_DEFAULTS, threads: 1, spawn });
      const [first, second] = await Promise.all([parse(pool, 1), parse(pool, 2)]);
      assert.deepEqual(first, { kind: 'failed', reason: 'fault.internal' });
      assert.equal(second.kind === 'json' && second.value, 2);
    });
  }

  test('refuses a body whose thread does not answer in time', async () => {
    const options = { ...POOL_DEFAULTS, threads: 1, timeoutMs: 20, spawn: () => stuckWorker('hangs') };
    await using pool = new ParserPool(options);
    assert.deepEqual(await parse(pool, 1), { kind: 'failed', reason: 'fault.timeout' });
  });

  test('refuses more than may wait', async () => {
    await using pool = new ParserPool({ ...POOL_DEFAULTS, threads: 1, maxWaiting: 2 });
    const answers = await Promise.all([1, 2, 3, 4].map((body) => parse(pool, body)));
    assert.deepEqual(
      answers.map((answer) => (answer.kind === 'failed' ? answer.reason : answer.kind)),
      ['json', 'json', 'json', 'overload.busy'],
    );
  });

  test('serves senders in turn, and who sends much loses his own when no more may wait', async () => {
    await using pool = new ParserPool({ ...POOL_DEFAULTS, threads: 1, maxWaiting: 4 });
    const done: string[] = [];
    const read = async (sender: string, body: number): Promise<void> => {
      const answer = await parse(pool, body, sender);
      done.push(`${sender} ${body} ${answer.kind === 'failed' ? answer.reason : answer.kind}`);
    };
    const flood = [1, 2, 3, 4, 5].map((body) => read('mallory', body));
    await Promise.all([...flood, read('alice', 1), read('bob', 1)]);
    assert.deepEqual(done, [
      'mallory 5 overload.busy',
      'mallory 4 overload.busy',
      'mallory 1 json',
      'mallory 2 json',
      'alice 1 json',
      'bob 1 json',
      'mallory 3 json',
    ]);
  });

  test('refuses what waits, runs or comes when it is closed', async () => {
    const pool = new ParserPool({ ...POOL_DEFAULTS, threads: 1, spawn: () => stuckWorker('hangs') });
    const pending = Promise.all([parse(pool, 1), parse(pool, 2)]);
    await pool[Symbol.asyncDispose]();
    const draining = { kind: 'failed', reason: 'draining' };
    assert.deepEqual([...(await pending), await parse(pool, 3)], [draining, draining, draining]);
  });

  test('refuses a body when no thread can be started', async () => {
    await using pool = new ParserPool({ ...POOL_DEFAULTS, spawn: noWorker });
    assert.deepEqual(await parse(pool, 1), { kind: 'failed', reason: 'fault.internal' });
  });
});

suite('readCallAsync()', () => {
  test('reads a large call in a thread, with spans and digest', async () => {
    await using pool = new ParserPool();
    const read = await readCallAsync(legacyPost(LARGE_CALL), traits, pool.for('alice'));
    assert.equal(outcomeOf(read), 'call');
    assert.equal(read.kind === 'call' && read.call.args.get('text'), LARGE_CALL.params.arguments.text);
    assert.deepEqual(read.kind === 'call' && read.call.spanOf(['id']), { start: 22, end: 23 });
  });

  test('reads a small call here', async () => {
    const parser = { parse: () => Promise.reject(new Error('not for small bodies')) };
    const read = await readCallAsync(legacyPost({ jsonrpc: '2.0', id: 1, method: 'ping' }), traits, parser);
    assert.equal(outcomeOf(read), 'call');
  });

  test('passes on why the parser failed', async () => {
    const parser = { parse: async () => ({ kind: 'failed', reason: 'overload.busy' }) as const };
    assert.equal(outcomeOf(await readCallAsync(legacyPost(LARGE_CALL), traits, parser)), 'overload.busy');
  });
});
