import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { facts, received } from '../../decision/facts.fixture.ts';
import { deny, type Found, found } from '../../decision/verdict.ts';
import type { EntryAssembly } from './entry-assembly.ts';
import { identifyCaller, refusedCaller } from './identify-caller.ts';

const resource = { identifier: 'https://tools.example/files', authorizationServers: [], scopes: [] };
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

suite('refusedCaller()', () => {
  test('refuses who needs a token of the resource and has none, and nobody else', async () => {
    const unknown = assembly(MISSING);
    assert.deepEqual(await refusedCaller(unknown, received, { identity: 'token', resource }), MISSING);
    assert.deepEqual(unknown.asked, [resource.identifier]);
    assert.equal(await refusedCaller(unknown, received, { identity: 'anonymous', resource }), undefined);
    const known = assembly(found(facts.identity));
    assert.equal(await refusedCaller(known, received, { identity: 'token', resource: undefined }), undefined);
  });
});
