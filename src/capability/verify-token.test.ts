import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import type { Revocations } from './revocations.ts';
import {
  base64url,
  goodClaims,
  goodHeader,
  ISSUER,
  keysOf,
  newSigner,
  NOW_MS,
  PLAIN,
  signTexts,
  signToken,
  TestKeySource,
  trustIn,
} from './token.fixture.ts';
import type { TokenRefusal } from './token-refusal.ts';
import type { VerifiedToken } from './verified-token.ts';
import { verifyToken } from './verify-token.ts';

const NOW_S = NOW_MS / 1000;
const BASE64URL = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const signer = newSigner();
const trust = await trustIn([signer]);

function codeOf(answer: VerifiedToken | TokenRefusal): string {
  return answer.kind === 'refused' ? answer.code : answer.kind;
}

async function verdictOn(claims: Record<string, unknown>, header: Record<string, unknown> = {}): Promise<string> {
  return codeOf(await verifyToken(signToken(signer, claims, header), trust, PLAIN, NOW_MS));
}

const STATUS = 'token.status-unchecked';

suite('verifyToken()', () => {
  test('says who, for whom, until when and what', async () => {
    const act = { iss: 'spiffe://ex.org', sub: 'spiffe://ex.org/agent/planner' };
    const compact = signToken(signer, { act, client_id: 'planner', txn: 't-1' });
    const token = await verifyToken(compact, trust, PLAIN, NOW_MS);
    assert.ok(token.kind === 'verified');
    const { claims, capability, keyWithdrawn, ...rest } = token;
    assert.equal(claims.get('sub'), 'user:alice');
    assert.equal(keyWithdrawn.aborted, false);
    assert.deepEqual([...capability.tools.keys()], ['read_file']);
    assert.deepEqual(rest, {
      kind: 'verified',
      issuer: ISSUER,
      subject: 'user:alice',
      tokenId: '0198c2f0-0000-7000-8000-00000000000a',
      audience: PLAIN.resource,
      issuedAtMs: NOW_MS,
      expiresAtMs: NOW_MS + 300_000,
      actor: { issuer: 'spiffe://ex.org', subject: 'spiffe://ex.org/agent/planner' },
      clientId: 'planner',
      transaction: 't-1',
      leewayMs: 5000,
      keyEpoch: 1,
    });
  });

  for (const algorithm of ['Ed25519', 'EdDSA', 'ES256', 'RS256'] as const) {
    test(`verifies ${algorithm} where it is listed`, async () => {
      const other = newSigner(algorithm);
      const trusting = await trustIn([other], { algorithms: [algorithm] });
      assert.equal(codeOf(await verifyToken(signToken(other), trusting, PLAIN, NOW_MS)), 'verified');
    });
  }

  test('takes EdDSA and Ed25519 as one algorithm of one key', async () => {
    const compact = signToken({ ...signer, algorithm: 'EdDSA' });
    assert.equal(codeOf(await verifyToken(compact, trust, PLAIN, NOW_MS)), 'verified');
  });

  for (const [what, claims, code] of [
    ['another audience', { aud: 'https://tools.example/mcp/other' }, 'token.audience'],
    ['two audiences', { aud: [PLAIN.resource, 'https://tools.example/mcp/other'] }, 'token.claims'],
    ['an audience that only begins like ours', { aud: `${PLAIN.resource}/` }, 'token.audience'],
    ['no audience', { aud: undefined }, 'token.claims'],
    ['an issuer that is not configured', { iss: 'https://evil.example' }, 'token.issuer'],
    ['no issuer', { iss: undefined }, 'token.issuer'],
    ['no subject', { sub: undefined }, 'token.claims'],
    ['an empty subject', { sub: '' }, 'token.claims'],
    ['no id', { jti: undefined }, 'token.claims'],
    ['an id that is not text', { jti: 7 }, 'token.claims'],
    ['no end', { exp: undefined }, 'token.claims'],
    ['an end that is text', { exp: String(NOW_S + 60) }, 'token.claims'],
    ['no time of issue', { iat: undefined }, 'token.claims'],
    ['a negative time of issue', { iat: -1 }, 'token.claims'],
    ['an actor without subject', { act: { iss: 'x' } }, 'token.claims'],
    ['an empty confirmation', { cnf: {} }, 'token.claims'],
    ['a confirmation that is null', { cnf: null }, 'token.claims'],
    ['a key confirmation, which has no proof yet', { cnf: { jkt: 'x' } }, 'token.proof-missing'],
    ['an unknown confirmation', { cnf: { 'x-new': 1 } }, 'token.proof-missing'],
    ['a delegation depth that belongs to derived tokens', { del_depth: 1 }, 'token.claims'],
    ['a life beyond the maximum', { exp: NOW_S + 301 }, 'token.lifetime'],
    ['an end before its beginning', { iat: NOW_S + 3, exp: NOW_S + 2 }, 'token.lifetime'],
    ['a status that is listed elsewhere', { status: { status_list: { idx: 0, uri: 'https://a/1' } } }, STATUS],
    ['a status of another kind', { status: {} }, STATUS],
    ['a status that says nothing', { status: null }, STATUS],
    ['a grant that cannot be read', { authorization_details: {} }, 'token.grant-malformed'],
  ] as const) {
    test(`refuses ${what}`, async () => {
      assert.equal(await verdictOn(claims), code);
    });
  }

  for (const [what, header, code] of [
    ['another type', { typ: 'JWT' }, 'token.type'],
    ['no type', { typ: undefined }, 'token.type'],
    ['a type with parameters', { typ: 'at+jwt;v=1' }, 'token.type'],
    ['a type under another tree', { typ: 'text/at+jwt' }, 'token.type'],
    ['an unlisted algorithm', { alg: 'RS256' }, 'token.algorithm'],
    ['a critical extension that is not understood', { crit: ['exp'], exp: 1 }, 'token.critical'],
    ['a critical extension that is not there', { crit: ['cap'] }, 'token.critical'],
    ['an empty list of critical extensions', { crit: [] }, 'token.critical'],
    ['another version of our extension', { crit: ['cap'], cap: 2 }, 'token.critical'],
    ['another version of our extension, not critical', { cap: 2 }, 'token.critical'],
    ['an unencoded payload', { crit: ['b64'], b64: false }, 'token.critical'],
    ['no kid', { kid: undefined }, 'token.key-unknown'],
    ['a kid that is a number', { kid: 1 }, 'token.key-unknown'],
    ['a kid of 129 characters', { kid: 'k'.repeat(129) }, 'token.key-unknown'],
    ['an unknown kid', { kid: 'k2' }, 'token.key-unknown'],
  ] as const) {
    test(`refuses ${what}`, async () => {
      assert.equal(await verdictOn({}, header), code);
    });
  }

  test('understands the critical extension cap 1', async () => {
    assert.equal(await verdictOn({}, { crit: ['cap'], cap: 1 }), 'verified');
  });

  for (const typ of ['at+jwt', 'AT+JWT', 'application/at+jwt', 'Application/At+Jwt']) {
    test(`takes ${typ} as the type`, async () => {
      assert.equal(await verdictOn({}, { typ }), 'verified');
    });
  }

  test('takes a token with a status of an issuer whose status lists are ignored', async () => {
    const ignoring = await trustIn([signer], { statusLists: 'ignored' });
    const compact = signToken(signer, { status: { status_list: { idx: 0, uri: 'https://a/1' } } });
    assert.equal(codeOf(await verifyToken(compact, ignoring, PLAIN, NOW_MS)), 'verified');
  });

  test('takes a list with one audience', async () => {
    assert.equal(await verdictOn({ aud: [PLAIN.resource] }), 'verified');
  });

  for (const [what, offsetMs, claims, code] of [
    ['the last millisecond of the leeway after the end', 304_999, {}, 'verified'],
    ['the end of the leeway after the end', 305_000, {}, 'token.expired'],
    ['a beginning within the leeway', -5000, {}, 'verified'],
    ['a beginning beyond the leeway', -5001, {}, 'token.not-yet-valid'],
    ['nbf within the leeway', 0, { nbf: NOW_S + 5 }, 'verified'],
    ['nbf beyond the leeway', 0, { nbf: NOW_S + 6 }, 'token.not-yet-valid'],
  ] as const) {
    test(`answers ${code} at ${what}`, async () => {
      assert.equal(codeOf(await verifyToken(signToken(signer, claims), trust, PLAIN, NOW_MS + offsetMs)), code);
    });
  }

  test('refuses a token longer than 8 KiB before looking at it', async () => {
    assert.equal(codeOf(await verifyToken('!'.repeat(8193), trust, PLAIN, NOW_MS)), 'token.too-large');
  });

  test('accepts a bound token with its certificate and with no other', async () => {
    const bound = signToken(signer, { cnf: { 'x5t#S256': 'a'.repeat(43) } });
    const by = async (certificateSha256: string): Promise<string> =>
      codeOf(await verifyToken(bound, trust, { ...PLAIN, certificateSha256 }, NOW_MS));
    assert.equal(await by('a'.repeat(43)), 'verified');
    assert.equal(await by(`b${'a'.repeat(42)}`), 'token.proof-missing');
    assert.equal(codeOf(await verifyToken(bound, trust, PLAIN, NOW_MS)), 'token.proof-missing');
  });

  test('asks for every member of a confirmation', async () => {
    const bound = signToken(signer, { cnf: { 'x5t#S256': 'a'.repeat(43), jkt: 'x' } });
    const answer = await verifyToken(bound, trust, { ...PLAIN, certificateSha256: 'a'.repeat(43) }, NOW_MS);
    assert.equal(codeOf(answer), 'token.proof-missing');
  });

  test('looks for an unknown kid once and then says so', async () => {
    const keys = new TestKeySource(await keysOf([signer]));
    const trusting = await trustIn([], { keys });
    const compact = signToken(signer, {}, { kid: 'k2' });
    assert.equal(codeOf(await verifyToken(compact, trusting, PLAIN, NOW_MS)), 'token.key-unknown');
    assert.equal(keys.lookedAgain, 1);
  });

  test('says that keys are unavailable rather than that the token is wrong', async () => {
    const trusting = await trustIn([], { keys: new TestKeySource(undefined) });
    assert.equal(codeOf(await verifyToken(signToken(signer), trusting, PLAIN, NOW_MS)), 'token.keys-unavailable');
  });

  for (const [state, code] of [
    ['revoked', 'token.revoked'],
    ['unknown', 'token.revocations-unavailable'],
    ['not-revoked', 'verified'],
  ] as const) {
    test(`answers ${code} when the deny list says ${state}`, async () => {
      const revocations: Revocations = { check: () => state, signalFor: () => new AbortController().signal };
      const answer = await verifyToken(signToken(signer), { ...trust, revocations }, PLAIN, NOW_MS);
      assert.equal(codeOf(answer), code);
    });
  }

  test('refuses every change of one character', async () => {
    const compact = signToken(signer);
    const alphabet = `${BASE64URL}.~ =+/\n\0é`;
    const change = fc.record({ at: fc.nat(compact.length - 1), to: fc.constantFrom(...alphabet.split('')) });
    await fc.assert(
      fc.asyncProperty(change, async ({ at, to }) => {
        fc.pre(compact[at] !== to);
        const changed = compact.slice(0, at) + to + compact.slice(at + 1);
        assert.equal((await verifyToken(changed, trust, PLAIN, NOW_MS)).kind, 'refused');
      }),
      { numRuns: 400 },
    );
  });

  test('refuses every change of the last character, whose unused bits a lenient decoder drops', async () => {
    const compact = signToken(signer);
    const others = BASE64URL.split('').filter((character) => character !== compact.at(-1));
    const answers = others.map((last) => verifyToken(compact.slice(0, -1) + last, trust, PLAIN, NOW_MS));
    assert.deepEqual(new Set((await Promise.all(answers)).map(({ kind }) => kind)), new Set(['refused']));
  });

  test('has an answer for every text', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary' }), async (text) => {
        assert.equal((await verifyToken(text, trust, PLAIN, NOW_MS)).kind, 'refused');
      }),
    );
  });

  test('has an answer for every signed payload', async () => {
    const header = JSON.stringify(goodHeader(signer));
    await fc.assert(
      fc.asyncProperty(
        fc.dictionary(fc.constantFrom(...Object.keys(goodClaims()), 'cnf', 'act'), fc.jsonValue()),
        async (claims) => {
          const compact = signTexts(signer, header, JSON.stringify({ ...goodClaims(), ...claims }));
          const answer = await verifyToken(compact, trust, PLAIN, NOW_MS);
          assert.ok(answer.kind === 'refused' || answer.kind === 'verified');
        },
      ),
    );
  });

  test('refuses parts that are not JSON objects', async () => {
    for (const payload of ['[]', '"x"', 'null', '{', '']) {
      const compact = signTexts(signer, JSON.stringify(goodHeader(signer)), payload);
      assert.equal(codeOf(await verifyToken(compact, trust, PLAIN, NOW_MS)), 'token.malformed');
    }
    assert.equal(
      codeOf(await verifyToken(`${base64url('[]')}.${base64url('{}')}.AA`, trust, PLAIN, NOW_MS)),
      'token.malformed',
    );
  });
});
