import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { facts, received } from '../../decision/facts.fixture.ts';
import { deny, type Found, found } from '../../decision/verdict.ts';
import type { EntryAssembly } from './entry-assembly.ts';
import { identifyCaller } from './identify-caller.ts';

const MISSING = deny('authenticate', 'token.missing');

/** An assembly that knows every caller or none, and for which resources it was asked. */
function assembly(answer: Found<typeof facts.identity>): Pick<EntryAssembly, 'identify' | 'deadlineMs'> & {
  readonly asked: (string | undefined)[];
} {
  const asked: (string | undefined)[] = [];
  return {
    asked,
    deadlineMs: 1000,
    async identify(_received, wanted) {
      asked.push(wanted.resource);
      return answer;
    },
  };
}

suite('identifyCaller()', () => {
  test('says who a caller is that needs a token, or why he is refused', async () => {
    const known = assembly(found(facts.identity));
    assert.deepEqual(
      await identifyCaller(known, received, { identity: 'token', resource: 'a' }),
      found(facts.identity),
    );
    assert.deepEqual(known.asked, ['a']);
    assert.deepEqual(await identifyCaller(assembly(MISSING), received, { identity: 'token', resource: 'a' }), MISSING);
  });

  test('asks about nobody where no token is needed', async () => {
    const known = assembly(MISSING);
    assert.deepEqual(
      await identifyCaller(known, received, { identity: 'anonymous', resource: undefined }),
      found(undefined),
    );
    assert.deepEqual(known.asked, []);
  });
});
