import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { NOW_MS, PLAIN, signToken, trustIn } from '../../src/capability/token.fixture.ts';
import { TokenVerifier } from '../../src/capability/token-verifier.ts';
import { call } from '../../src/decision/facts.fixture.ts';
import { authenticate, type ServerAccess } from '../../src/stages/authenticate/check.ts';
import { signatureOnly, takesFirstAuthorization } from './naive-verifier.ts';
import { attackerKey, issuerKey } from './token-attack.ts';

const good = signToken(issuerKey);
const forged = signToken(attackerKey);
const verifier = new TokenVerifier(await trustIn([issuerKey]));
const clock = { nowMs: () => NOW_MS, monotonicMs: () => 0 };

function accessOf(): ServerAccess {
  return { identity: 'token', capability: 'token', resource: PLAIN.resource };
}

/** What check 3 answers to these Authorization headers. */
async function answerTo(values: readonly string[]): Promise<string> {
  const headers = values.map((value) => ['authorization', value] as const);
  const answer = await authenticate({ ...call, headers }, { accessOf, verifier, clock });
  return answer.kind === 'found' ? answer.value.kind : answer.reason;
}

suite('token attack: two credentials, one looked at', () => {
  test('the control: one good token is enough', async () => {
    assert.equal(await answerTo([`Bearer ${good}`]), 'token');
  });

  for (const [what, values, reason] of [
    ['two headers', [`Bearer ${good}`, `Bearer ${forged}`], 'http.header-duplicate'],
    ['two headers of two schemes', [`Bearer ${good}`, 'Basic YTpi'], 'http.header-duplicate'],
    ['two equal headers', [`Bearer ${good}`, `Bearer ${good}`], 'http.header-duplicate'],
    ['a list, as a proxy joins them', [`Bearer ${good}, Bearer ${forged}`], 'token.malformed'],
    ['two tokens after one scheme', [`Bearer ${good} ${forged}`], 'token.malformed'],
  ] as const) {
    test(`${what}: whoever takes the first is satisfied, and the upstream may take the last`, async () => {
      const { publicKey } = issuerKey;
      assert.equal(signatureOnly(takesFirstAuthorization(values), publicKey)['sub'], 'user:alice');
      assert.equal(await answerTo(values), reason);
    });
  }
});
