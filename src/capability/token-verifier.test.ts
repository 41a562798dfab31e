import assert from 'node:assert/strict';
import { mock, suite, test } from 'node:test';
import type { KeySet } from './key-source.ts';
import type { Revocations } from './revocations.ts';
import { keysOf, newSigner, NOW_MS, PLAIN, signToken, TestKeySource, trustIn } from './token.fixture.ts';
import type { UnknownToken } from './token-guard.ts';
import type { TokenRefusal } from './token-refusal.ts';
import { TokenVerifier } from './token-verifier.ts';
import type { VerifiedToken } from './verified-token.ts';

const signer = newSigner();
const other = newSigner('Ed25519', 'k2');
const compact = signToken(signer);

function codeOf(answer: VerifiedToken | TokenRefusal): string {
  return answer.kind === 'refused' ? answer.code : answer.kind;
}

/** How many signatures are checked while `work` runs. */
async function signatureChecks(work: () => Promise<unknown>): Promise<number> {
  const verify = mock.method(crypto.subtle, 'verify');
  try {
    await work();
    return verify.mock.callCount();
  } finally {
    verify.mock.restore();
  }
}

/** A source whose answers the test gives one by one. */
class HeldKeySource extends TestKeySource {
  readonly asked: ((set: KeySet | undefined) => void)[] = [];

  override current(): Promise<KeySet | undefined> {
    const { promise, resolve } = Promise.withResolvers<KeySet | undefined>();
    this.asked.push(resolve);
    return promise;
  }
}

suite('TokenVerifier.verify()', () => {
  test('checks the signature of the same token once', async () => {
    const verifier = new TokenVerifier(await trustIn([signer]));
    const checks = await signatureChecks(async () => {
      for (let call = 0; call < 5; call++) {
        assert.equal(codeOf(await verifier.verify(compact, PLAIN, NOW_MS)), 'verified');
      }
    });
    assert.equal(checks, 1);
  });

  test('checks the signature once for calls that come together', async () => {
    const verifier = new TokenVerifier(await trustIn([signer]));
    const checks = await signatureChecks(async () => {
      const answers = await Promise.all(Array.from({ length: 50 }, () => verifier.verify(compact, PLAIN, NOW_MS)));
      assert.equal(new Set(answers).size, 1);
    });
    assert.equal(checks, 1);
  });

  test('asks the guard about tokens that are not known, and tells it which were bad', async () => {
    const told: unknown[] = [];
    let waitMs = 0;
    const guard = {
      waitMs: async ({ from }: UnknownToken) => (from === 'elsewhere' ? 0 : waitMs),
      failed: async ({ from }: UnknownToken, code: string) => void told.push([from, code]),
    };
    const verifier = new TokenVerifier(await trustIn([signer]), undefined, guard);
    const here = { ...PLAIN, from: '192.0.2.7' };
    const forged = signToken(newSigner());
    assert.equal(codeOf(await verifier.verify(forged, here, NOW_MS)), 'token.signature');
    assert.equal(codeOf(await verifier.verify(compact, here, NOW_MS)), 'verified');
    assert.deepEqual(told, [['192.0.2.7', 'token.signature']]);
    waitMs = 700;
    const checks = await signatureChecks(async () => {
      const refused = await verifier.verify(forged, here, NOW_MS);
      assert.deepEqual(refused.kind === 'refused' && [refused.code, refused.retryAfterMs], ['token.failures', 700]);
      assert.equal(codeOf(await verifier.verify(compact, here, NOW_MS)), 'verified');
    });
    assert.equal(checks, 0);
    assert.equal(codeOf(await verifier.verify(forged, { ...PLAIN, from: 'elsewhere' }, NOW_MS)), 'token.signature');
    assert.equal(told.length, 2);
  });

  test('does not share one route’s refusal with another route', async () => {
    const verifier = new TokenVerifier(await trustIn([signer]));
    const answers = await Promise.all([
      verifier.verify(compact, { resource: 'https://tools.example/mcp/other' }, NOW_MS),
      verifier.verify(compact, PLAIN, NOW_MS),
    ]);
    assert.deepEqual(answers.map(codeOf), ['token.audience', 'verified']);
  });

  test('does not remember refused tokens', async () => {
    const verifier = new TokenVerifier(await trustIn([signer]));
    for (let n = 0; n < 50; n++) await verifier.verify(signToken(other, { jti: `${n}` }), PLAIN, NOW_MS);
    for (let n = 0; n < 50; n++) await verifier.verify(`${compact}${'A'.repeat(n + 4)}`, PLAIN, NOW_MS);
    assert.equal(verifier.remembered, 0);
  });

  test('does not remember signed tokens that come without their proof', async () => {
    const verifier = new TokenVerifier(await trustIn([signer]));
    for (let n = 0; n < 5; n++) {
      const bound = signToken(signer, { jti: `${n}`, cnf: { 'x5t#S256': 'a'.repeat(43) } });
      assert.equal(codeOf(await verifier.verify(bound, PLAIN, NOW_MS)), 'token.proof-missing');
    }
    assert.equal(verifier.remembered, 0);
  });

  test('checks the audience of a remembered token', async () => {
    const verifier = new TokenVerifier(await trustIn([signer]));
    await verifier.verify(compact, PLAIN, NOW_MS);
    const elsewhere = await verifier.verify(compact, { resource: 'https://tools.example/mcp/other' }, NOW_MS);
    assert.equal(codeOf(elsewhere), 'token.audience');
  });

  test('checks the proof of a remembered token', async () => {
    const verifier = new TokenVerifier(await trustIn([signer]));
    const bound = signToken(signer, { cnf: { 'x5t#S256': 'a'.repeat(43) } });
    const certified = { ...PLAIN, certificateSha256: 'a'.repeat(43) };
    assert.equal(codeOf(await verifier.verify(bound, certified, NOW_MS)), 'verified');
    assert.equal(codeOf(await verifier.verify(bound, PLAIN, NOW_MS)), 'token.proof-missing');
  });

  test('checks the deny list for a remembered token', async () => {
    let state: ReturnType<Revocations['check']> = 'not-revoked';
    const revocations: Revocations = { check: () => state, signalFor: () => new AbortController().signal };
    const verifier = new TokenVerifier(await trustIn([signer], {}, { revocations }));
    assert.equal(codeOf(await verifier.verify(compact, PLAIN, NOW_MS)), 'verified');
    state = 'revoked';
    assert.equal(codeOf(await verifier.verify(compact, PLAIN, NOW_MS)), 'token.revoked');
    state = 'unknown';
    assert.equal(codeOf(await verifier.verify(compact, PLAIN, NOW_MS)), 'token.revocations-unavailable');
  });

  test('checks the time of a remembered token, and forgets it when it is over', async () => {
    const verifier = new TokenVerifier(await trustIn([signer]));
    await verifier.verify(compact, PLAIN, NOW_MS);
    assert.equal(codeOf(await verifier.verify(compact, PLAIN, NOW_MS + 304_999)), 'verified');
    assert.equal(codeOf(await verifier.verify(compact, PLAIN, NOW_MS - 5001)), 'token.not-yet-valid');
    assert.equal(verifier.remembered, 1);
    assert.equal(codeOf(await verifier.verify(compact, PLAIN, NOW_MS + 305_000)), 'token.expired');
    assert.equal(verifier.remembered, 0);
  });

  test('verifies anew when the keys have changed', async () => {
    const keys = new TestKeySource(await keysOf([signer]));
    const verifier = new TokenVerifier(await trustIn([], { keys }));
    await verifier.verify(compact, PLAIN, NOW_MS);
    keys.set = await keysOf([signer, other], 2);
    assert.equal(await signatureChecks(() => verifier.verify(compact, PLAIN, NOW_MS)), 1);
    keys.set = await keysOf([other], 3);
    assert.equal(codeOf(await verifier.verify(compact, PLAIN, NOW_MS)), 'token.key-unknown');
    assert.equal(verifier.remembered, 0);
  });

  test('does not rely on memory when keys can no longer be had', async () => {
    const keys = new TestKeySource(await keysOf([signer]));
    const verifier = new TokenVerifier(await trustIn([], { keys }));
    await verifier.verify(compact, PLAIN, NOW_MS);
    keys.set = undefined;
    assert.equal(codeOf(await verifier.verify(compact, PLAIN, NOW_MS)), 'token.keys-unavailable');
  });

  test('gives a call that joined under old keys an answer under the new ones', async () => {
    const keys = new HeldKeySource(undefined);
    const verifier = new TokenVerifier(await trustIn([], { keys }));
    const first = verifier.verify(compact, PLAIN, NOW_MS);
    const joined = verifier.verify(compact, PLAIN, NOW_MS);
    await tick();
    assert.equal(keys.asked.length, 1);
    keys.asked.shift()?.(await keysOf([signer]));
    assert.equal(codeOf(await first), 'verified');
    // The joined call asks whether the keys are still those, learns that they are not, and verifies alone.
    const rotated = await keysOf([other], 2);
    await tick();
    keys.asked.shift()?.(rotated);
    await tick();
    keys.asked.shift()?.(rotated);
    keys.set = rotated;
    assert.equal(codeOf(await joined), 'token.key-unknown');
  });

  test('remembers no more tokens than it may', async () => {
    const verifier = new TokenVerifier(await trustIn([signer]), { maxTokens: 3, maxBytes: 1e9 });
    for (let n = 0; n < 10; n++) await verifier.verify(signToken(signer, { jti: `${n}` }), PLAIN, NOW_MS);
    assert.equal(verifier.remembered, 3);
  });

  test('refuses a token that is too large without hashing it', async () => {
    const verifier = new TokenVerifier(await trustIn([signer]));
    assert.equal(codeOf(await verifier.verify('A'.repeat(8193), PLAIN, NOW_MS)), 'token.too-large');
  });
});

/** Lets every promise that can go on go on. */
function tick(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
