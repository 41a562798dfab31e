import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Peer } from '../../call/received.ts';
import type { Revocations } from '../../capability/revocations.ts';
import {
  keysOf,
  newSigner,
  NOW_MS,
  RESOURCE,
  signToken,
  TestKeySource,
  trustIn,
} from '../../capability/token.fixture.ts';
import { TokenVerifier } from '../../capability/token-verifier.ts';
import type { TrustedIssuer } from '../../capability/verified-token.ts';
import { call } from '../../decision/facts.fixture.ts';
import type { Found } from '../../decision/verdict.ts';
import type { AuthenticatedIdentity } from '../facts.ts';
import { authenticate, type AuthenticateOptions, type ServerAccess } from './check.ts';
import type { Tenancy } from './tenant-of.ts';

const signer = newSigner();
const compact = signToken(signer);
const clock = { nowMs: () => NOW_MS, monotonicMs: () => 0 };
const tokenAccess: ServerAccess = { identity: 'token', capability: 'token', resource: RESOURCE };
const anonymousAccess: ServerAccess = { identity: 'anonymous', capability: 'none', resource: undefined };

async function optionsFor(
  access: ServerAccess | undefined,
  changes: Partial<TrustedIssuer> = {},
): Promise<AuthenticateOptions> {
  return { accessOf: () => access, verifier: new TokenVerifier(await trustIn([signer], changes)), clock };
}

async function answerTo(
  authorization: readonly string[],
  options: AuthenticateOptions,
  peer: Peer = call.peer,
): Promise<Found<AuthenticatedIdentity>> {
  const headers = authorization.map((value) => ['authorization', value] as const);
  return authenticate({ ...call, headers, peer }, options);
}

function reasonOf(answer: Found<AuthenticatedIdentity>): string {
  return answer.kind === 'found' ? answer.value.kind : `${answer.kind} ${answer.stage} ${answer.reason}`;
}

suite('authenticate()', () => {
  test('finds who is calling, with all that the record keeps', async () => {
    const token = signToken(signer, { act: { sub: 'agent' }, client_id: 'c', txn: 't' });
    const peer = { address: '::1', spiffeId: 'spiffe://ex.org/a', certificateSha256: 'a'.repeat(43) };
    const answer = await answerTo([`Bearer ${token}`], await optionsFor(tokenAccess), peer);
    assert.ok(answer.kind === 'found');
    const { claims, capability, withdrawn, ...identity } = answer.value;
    assert.equal(withdrawn?.aborted, false);
    assert.equal(claims?.get('sub'), 'user:alice');
    assert.equal(capability?.tools.has('read_file'), true);
    assert.deepEqual(identity, {
      kind: 'token',
      principal: '["https://sts.example","user:alice",null,"agent","spiffe://ex.org/a"]',
      issuer: 'https://sts.example',
      subject: 'user:alice',
      actor: 'agent',
      clientId: 'c',
      transaction: 't',
      spiffeId: 'spiffe://ex.org/a',
      certificateSha256: 'a'.repeat(43),
      tokenId: '0198c2f0-0000-7000-8000-00000000000a',
      expiresAtMs: NOW_MS + 300_000,
    });
  });

  test('knows the tenant as the issuer says, and lets nobody in without one where there should be one', async () => {
    const options = await optionsFor(tokenAccess);
    const asked: string[] = [];
    const acme = (issuer: string): Tenancy => {
      asked.push(issuer);
      return { kind: 'found', tenant: 'acme' };
    };
    const answer = await answerTo([`Bearer ${compact}`], { ...options, tenantOf: acme });
    assert.equal(answer.kind === 'found' && answer.value.tenant, 'acme');
    assert.deepEqual(asked, ['https://sts.example']);
    const refused = await answerTo([`Bearer ${compact}`], { ...options, tenantOf: () => ({ kind: 'missing' }) });
    assert.equal(reasonOf(refused), 'deny authenticate token.claims');
  });

  for (const [what, authorization, reason] of [
    ['no header', [], 'deny authenticate token.missing'],
    ['two headers', [`Bearer ${compact}`, `Bearer ${compact}`], 'deny authenticate http.header-duplicate'],
    ['two tokens in one header', [`Bearer ${compact}, Bearer ${compact}`], 'deny authenticate token.malformed'],
    ['two tokens', [`Bearer ${compact} ${compact}`], 'deny authenticate token.malformed'],
    ['a parameter', [`Bearer token="${compact}"`], 'deny authenticate token.malformed'],
    ['another scheme', ['Basic dXNlcjpwYXNz'], 'deny authenticate token.malformed'],
    ['a scheme whose proof is not checked here', [`DPoP ${compact}`], 'deny authenticate token.malformed'],
    ['no scheme', [compact], 'deny authenticate token.malformed'],
    ['an empty value', [''], 'deny authenticate token.malformed'],
    ['white space after the token', [`Bearer ${compact} `], 'deny authenticate token.malformed'],
    ['a tab', [`Bearer\t${compact}`], 'deny authenticate token.malformed'],
    ['a padded token', [`Bearer ${compact}=`], 'deny authenticate token.malformed'],
    ['a wrong token', [`Bearer ${signToken(newSigner())}`], 'deny authenticate token.signature'],
    ['a good token', [`Bearer ${compact}`], 'token'],
    ['the scheme in other letters', [`bEARER  ${compact}`], 'token'],
  ] as const) {
    test(`answers ${reason} to ${what}`, async () => {
      assert.equal(reasonOf(await answerTo(authorization, await optionsFor(tokenAccess))), reason);
    });
  }

  test('answers a fault, not a denial, when keys are unavailable', async () => {
    const options = await optionsFor(tokenAccess, { keys: new TestKeySource(undefined) });
    const answer = await answerTo([`Bearer ${compact}`], options);
    assert.equal(reasonOf(answer), 'fault authenticate token.keys-unavailable');
  });

  test('tells the caller nothing but the reason, and the operator what was found', async () => {
    const token = signToken(signer, { authorization_details: [{ type: 7 }] });
    const answer = await answerTo([`Bearer ${token}`], await optionsFor(tokenAccess));
    assert.ok(answer.kind === 'deny');
    assert.deepEqual(answer.detail, {});
    assert.match(
      answer.operatorDetail ?? '',
      /^\/authorization_details\/0: must be an object with a type \(sub "user:alice", jti "[^"]+"\)$/,
    );
  });

  test('gives the signal that ends streams on revocation', async () => {
    const controller = new AbortController();
    const revocations: Revocations = { check: () => 'not-revoked', signalFor: () => controller.signal };
    const answer = await answerTo([`Bearer ${compact}`], { ...(await optionsFor(tokenAccess)), revocations });
    assert.ok(answer.kind === 'found');
    assert.equal(answer.value.revoked, controller.signal);
  });

  test('says when the key that vouched for the caller is withdrawn', async () => {
    const { signal } = new AbortController();
    const keys = new TestKeySource(await keysOf([signer], 1, signal));
    const answer = await answerTo([`Bearer ${compact}`], await optionsFor(tokenAccess, { keys }));
    assert.ok(answer.kind === 'found');
    assert.equal(answer.value.withdrawn, signal);
  });

  test('neither verifies nor believes a token where none is asked for', async () => {
    for (const authorization of [[], [`Bearer ${compact}`], ['Basic dXNlcjpwYXNz'], ['Bearer forged']]) {
      const answer = await answerTo(authorization, await optionsFor(anonymousAccess));
      assert.ok(answer.kind === 'found');
      const { kind, principal, claims, capability } = answer.value;
      assert.deepEqual(
        { kind, principal, claims, capability },
        {
          kind: 'anonymous',
          principal: 'anonymous',
          claims: undefined,
          capability: undefined,
        },
      );
    }
  });

  test('refuses two credentials also where none is asked for', async () => {
    const answer = await answerTo(['Basic a', 'Basic b'], await optionsFor(anonymousAccess));
    assert.equal(reasonOf(answer), 'deny authenticate http.header-duplicate');
  });

  test('names an anonymous caller by its SPIFFE id when it has one', async () => {
    const peer = { address: '::1', spiffeId: 'spiffe://ex.org/a' };
    const answer = await answerTo([], await optionsFor(anonymousAccess), peer);
    assert.ok(answer.kind === 'found');
    assert.equal(answer.value.principal, 'spiffe://ex.org/a');
  });

  test('refuses a server that is not configured, and one without resource', async () => {
    assert.equal(reasonOf(await answerTo([], await optionsFor(undefined))), 'deny authenticate http.route');
    const without = await optionsFor({ ...tokenAccess, resource: undefined });
    assert.equal(reasonOf(await answerTo([`Bearer ${compact}`], without)), 'fault authenticate fault.internal');
  });
});
