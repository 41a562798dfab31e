import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { ParserPool, POOL_DEFAULTS } from '../call/parser-pool.ts';
import { legacyPost, traits } from '../call/received.fixture.ts';
import { deny, found } from '../decision/verdict.ts';
import { readOfKnown } from './read-of-known.ts';

const callOf = (length: number): object => ({
  jsonrpc: '2.0',
  id: 1,
  method: 'tools/call',
  params: { name: 'echo', arguments: { text: 'x'.repeat(length) } },
});
const LARGE = callOf(300_000);
const MISSING = deny('authenticate', 'token.missing');

suite('readOfKnown()', () => {
  test('reads a large call of a sender who is known', async () => {
    await using parser = new ParserPool();
    const identify = async () => found({ kind: 'token', principal: 'alice' } as const);
    assert.equal((await readOfKnown(legacyPost(LARGE), { traits, parser, identify })).kind, 'call');
  });

  test('refuses a large call of a stranger, and starts no thread for it', async () => {
    const spawn = (): never => assert.fail('a thread was started');
    await using parser = new ParserPool({ ...POOL_DEFAULTS, spawn });
    const identify = async () => MISSING;
    assert.deepEqual(await readOfKnown(legacyPost(LARGE), { traits, parser, identify }), MISSING);
  });

  test('asks nobody about a small call', async () => {
    await using parser = new ParserPool();
    const identify = (): never => assert.fail('asked');
    assert.equal((await readOfKnown(legacyPost(callOf(10)), { traits, parser, identify })).kind, 'call');
  });
});
