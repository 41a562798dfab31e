import assert from 'node:assert/strict';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { NOW_MS, newSigner, RESOURCE, signToken } from '../capability/token.fixture.ts';
import { SELF_SIGNED_DER } from '../capability/self-signed.fixture.ts';
import { runGenerate } from './keys.ts';
import { tokenCommand } from './token.ts';
import { listeningIo } from './command-io.fixture.ts';
import { runInspect } from './token/run-inspect.ts';
import { type MintOptions, runMint } from './token/run-mint.ts';
import { runVerify, type VerifyOptions } from './token/run-verify.ts';

const sources = { nowMs: () => NOW_MS, newTokenId: () => 'token-1' };
const clock = { nowMs: () => NOW_MS, monotonicMs: () => 0 };
const noInput = (): Promise<string> => Promise.resolve('');

suite('token', () => {
  let directory = '';
  let minting: MintOptions;
  let verifying: VerifyOptions;
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'sallyport-token-'));
    await runGenerate({ out: directory, alg: 'EdDSA', kid: 'k' }, listeningIo());
    minting = {
      key: join(directory, 'k.private.json'),
      issuer: 'urn:sallyport:dev',
      aud: RESOURCE,
      sub: 'user:alice',
      ttl: '5m',
      tool: ['read_file'],
      argConstraint: ['path={c: path_under, root: /workspace}'],
      prompt: [],
      resource: [],
    };
    verifying = {
      jwks: join(directory, 'jwks.json'),
      issuer: 'urn:sallyport:dev',
      audience: RESOURCE,
      alg: ['EdDSA', 'Ed25519', 'ES256'],
      maxLifetime: '300s',
      leeway: '5',
    };
  });
  after(() => rm(directory, { recursive: true }));

  async function mint(changes: Partial<MintOptions> = {}): Promise<string> {
    const io = listeningIo();
    assert.equal(await runMint({ ...minting, ...changes }, io, sources), 0, io.complained());
    return io.said();
  }

  async function failedMint(changes: Partial<MintOptions>): Promise<string> {
    const io = listeningIo();
    assert.equal(await runMint({ ...minting, ...changes }, io, sources), 2);
    assert.equal(io.said(), '');
    return io.complained();
  }

  async function verify(token: string, changes: Partial<VerifyOptions> = {}): Promise<[number, string]> {
    const io = listeningIo();
    const code = await runVerify(token, { ...verifying, ...changes }, io, noInput, clock);
    return [code, `${io.said()}\n${io.complained()}`];
  }

  test('mint makes what verify finds good', async () => {
    const [code, said] = await verify(await mint());
    assert.equal(code, 0, said);
    assert.match(said, /good {4}user:alice/);
    assert.match(said, /grants {2}tool read_file: arguments path/);
  });

  test('mint says the token, its id and its end as JSON', async () => {
    const { token, ...rest } = JSON.parse(await mint({ json: true }));
    assert.equal(token.split('.').length, 3);
    assert.deepEqual(rest, { jti: 'token-1', kid: 'k', expires_at: new Date(NOW_MS + 300_000).toISOString() });
  });

  test('mint takes a grant from a file', async () => {
    const grant = join(directory, 'grant.yaml');
    await writeFile(grant, 'tools: { "*": { extra_args: allow } }\nprompts: ["*"]\nresources: ["file:///a"]\n');
    const [code, said] = await verify(await mint({ grant, tool: [], argConstraint: [] }));
    assert.equal(code, 0, said);
    assert.match(said, /tool \*: any arguments\n.*prompt \*\n.*resource file:\/\/\/a/);
  });

  for (const [what, changes, said] of [
    ['a budget', { argConstraint: ['a={c: exact, value: 1, limits: 3}'] }, /grant is not one: .*\/args\/a/],
    ['no grant', { tool: [], argConstraint: [] }, /would grant nothing; say --tool/],
    ['a constraint for two tools', { tool: ['a', 'b'] }, /exactly one --tool/],
    ['a constraint that is none', { argConstraint: ['path'] }, /must be NAME=CONSTRAINT/],
    ['a constraint that is not YAML', { argConstraint: ['path={'] }, /not YAML or JSON/],
    ['one argument twice', { argConstraint: ['a={c: exact, value: 1}', 'a={c: exact, value: 2}'] }, /names a twice/],
    ['an unknown constraint', { argConstraint: ['path={c: under}'] }, /tools\/read_file\/args\/path/],
    ['a file and options', { grant: 'x.yaml' }, /x\.yaml is not there/],
    ['no time', { ttl: 'soon' }, /--ttl must be a time/],
    ['no key', { key: 'absent.json' }, /sallyport keys generate/],
    ['no certificate', { cnfCert: 'absent.pem' }, /the certificate absent\.pem is not there/],
  ] as const) {
    test(`mint refuses ${what} and says what to do`, async () => {
      assert.match(await failedMint(changes), said);
    });
  }

  test('mint does not take a public key or another file for a private key, and repeats neither', async () => {
    const { keys } = JSON.parse(await readFile(verifying.jwks, 'utf8'));
    const key = join(directory, 'public.json');
    await writeFile(key, JSON.stringify(keys[0]));
    assert.match(await failedMint({ key }), /not a private key/);
    await writeFile(key, 'secret-material');
    assert.doesNotMatch(await failedMint({ key }), /secret-material/);
  });

  test('mint warns of a key that others can read', async () => {
    const key = join(directory, 'open.json');
    await writeFile(key, await readFile(minting.key));
    await chmod(key, 0o644);
    const io = listeningIo();
    assert.equal(await runMint({ ...minting, key }, io, sources), 0);
    assert.match(io.complained(), /chmod 600/);
  });

  for (const [what, changes, reason] of [
    ['another audience', { audience: 'https://other.example/mcp' }, 'token.audience'],
    ['another issuer', { issuer: 'https://other.example' }, 'token.issuer'],
    ['a shorter life', { maxLifetime: '60s' }, 'token.lifetime'],
  ] as const) {
    test(`verify tells ${what}`, async () => {
      const [code, said] = await verify(await mint(), changes);
      assert.equal(code, 1);
      assert.match(said, new RegExp(reason.replace('.', '\\.')));
    });
  }

  test('verify refuses a token with a status, unless status lists are to be ignored', async () => {
    const signer = newSigner('Ed25519', 'k');
    const jwks = join(directory, 'status.json');
    const key = { ...signer.publicKey.export({ format: 'jwk' }), kid: 'k', alg: 'Ed25519' };
    await writeFile(jwks, JSON.stringify({ keys: [key] }));
    const token = signToken(signer, { iss: verifying.issuer, status: {} });
    const [code, said] = await verify(token, { jwks });
    assert.equal(code, 1);
    assert.match(said, /token\.status-unchecked/);
    assert.equal((await verify(token, { jwks, ignoreStatusLists: true }))[0], 0);
  });

  test('verify gives the reason as JSON', async () => {
    const [code, said] = await verify(signToken(newSigner('Ed25519', 'k'), { iss: verifying.issuer }), { json: true });
    assert.equal(code, 1);
    const { verified, reason } = JSON.parse(said);
    assert.deepEqual([verified, reason], [false, 'token.signature']);
  });

  test('mint binds a token to a certificate, and verify asks for it', async () => {
    const cert = join(directory, 'cert.pem');
    await writeFile(cert, `-----BEGIN CERTIFICATE-----\n${SELF_SIGNED_DER}\n-----END CERTIFICATE-----\n`);
    const token = await mint({ cnfCert: cert });
    assert.equal((await verify(token, { cert }))[0], 0);
    const [code, said] = await verify(token);
    assert.equal(code, 1);
    assert.match(said, /token\.proof-missing/);
  });

  test('mint warns of a grant for another place', async () => {
    const grant = join(directory, 'elsewhere.yaml');
    await writeFile(grant, 'locations: ["https://other.example/mcp"]\ntools: { a: {} }\n');
    const io = listeningIo();
    assert.equal(await runMint({ ...minting, tool: [], argConstraint: [], grant }, io, sources), 0);
    assert.match(io.complained(), /grants nothing on/);
  });

  test('the command reads its options', async () => {
    const io = listeningIo();
    const { key, aud } = minting;
    const options = [
      '--tool',
      'a',
      '--arg-constraint',
      'n={"c":"range","max":3}',
      '--extra-args',
      'allow',
      '--ttl',
      '90s',
    ];
    await tokenCommand(io).parseAsync(['mint', '--key', key, '--aud', aud, '--sub', 's', ...options], { from: 'user' });
    await tokenCommand(io).parseAsync(['inspect', '--json', io.said().split('\n')[0] ?? ''], { from: 'user' });
    const { claims } = JSON.parse(io.said().split('\n')[1] ?? '');
    assert.equal(claims.exp - claims.iat, 90);
    assert.deepEqual(claims.authorization_details[0].tools, {
      a: { args: { n: { c: 'range', max: 3 } }, extra_args: 'allow' },
    });
    assert.equal(process.exitCode, 0);
  });

  for (const [what, changes, said] of [
    [
      'a key set that is not there',
      { jwks: 'absent.json' },
      /--jwks absent\.json is not there\. .*sallyport keys generate/,
    ],
    ['a URL that may not be asked', { jwks: 'http://sts.example/jwks.json' }, /use https/],
    ['a MAC', { alg: ['HS256'] }, /not a signature algorithm/],
    ['keys for other algorithms only', { alg: ['ES256'] }, /no usable key/],
    ['a leeway above 5 s', { leeway: '6' }, /0 to 5 seconds/],
  ] as const) {
    test(`verify cannot tell with ${what}`, async () => {
      const [code, text] = await verify(await mint(), changes);
      assert.equal(code, 2);
      assert.match(text, said);
    });
  }

  test('inspect shows what a token says and says loudly that it believes none of it', async () => {
    const io = listeningIo();
    assert.equal(await runInspect(await mint(), {}, io, noInput, NOW_MS), 0);
    assert.match(io.said().split('\n')[0] ?? '', /^NOT VERIFIED/);
    assert.match(io.said().split('\n').at(-1) ?? '', /^NOT VERIFIED/);
    assert.match(io.said(), /"sub": "user:alice"/);
    assert.match(io.said(), /in 300 s; lives 300 s/);
  });

  test('inspect names what would be refused', async () => {
    const io = listeningIo();
    const token = signToken(newSigner(), { authorization_details: [{}] }, { typ: 'JWT' });
    assert.equal(await runInspect(token, { json: true }, io, noInput, NOW_MS), 0);
    const { verified, problems } = JSON.parse(io.said());
    assert.equal(verified, false);
    assert.deepEqual(problems, [
      'token.type: typ is not at+jwt',
      'token.grant-malformed: /authorization_details/0: must be an object with a type',
    ]);
  });

  test('inspect reads a pasted header from standard input', async () => {
    const token = await mint();
    const io = listeningIo();
    assert.equal(await runInspect('-', {}, io, () => Promise.resolve(`Bearer ${token}\n`), NOW_MS), 0);
  });

  test('inspect lets no token write to the terminal', async () => {
    const io = listeningIo();
    await runInspect(signToken(newSigner(), { sub: '\u001b[31m\u202eevil\u009b' }), {}, io, noInput, NOW_MS);
    assert.doesNotMatch(io.said().replaceAll('\n', ''), /[\p{Cc}\p{Cf}]/u);
  });

  test('inspect refuses what is no token', async () => {
    for (const text of ['', 'a.b.c', 'x'.repeat(70_000)]) {
      const io = listeningIo();
      assert.equal(await runInspect(text, {}, io, noInput, NOW_MS), 2);
      assert.match(io.complained(), /^error: /);
    }
  });
});
