import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { keysCommand, runGenerate } from './keys.ts';
import { listeningIo } from './command-io.fixture.ts';

suite('keys generate', () => {
  let directory = '';
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'sallyport-keys-'));
  });
  after(() => rm(directory, { recursive: true }));

  for (const alg of ['EdDSA', 'Ed25519', 'ES256'] as const) {
    test(`writes an ${alg} key that only its owner can read, and its public half`, async () => {
      const out = join(directory, alg);
      const io = listeningIo();
      assert.equal(await runGenerate({ out, alg, json: true }, io), 0);
      const { kid, private_key: path, jwks } = JSON.parse(io.said());
      assert.equal((await stat(path)).mode & 0o777, 0o600);
      const secret = JSON.parse(await readFile(path, 'utf8'));
      assert.deepEqual([secret.kid, secret.alg, typeof secret.d], [kid, alg, 'string']);
      const { keys } = JSON.parse(await readFile(jwks, 'utf8'));
      const { d, ...publicHalf } = secret;
      assert.deepEqual(keys, [publicHalf]);
      assert.equal(`${io.said()}\n${io.complained()}`.includes(d), false);
    });
  }

  test('adds a second key for a rotation and keeps the first', async () => {
    const out = join(directory, 'rotation');
    for (const kid of ['one', 'two']) assert.equal(await runGenerate({ out, alg: 'EdDSA', kid }, listeningIo()), 0);
    const { keys } = JSON.parse(await readFile(join(out, 'jwks.json'), 'utf8'));
    assert.deepEqual(
      keys.map(({ kid }: { kid: string }) => kid),
      ['one', 'two'],
    );
  });

  test('overwrites nothing', async () => {
    const out = join(directory, 'twice');
    await runGenerate({ out, alg: 'EdDSA', kid: 'one' }, listeningIo());
    const io = listeningIo();
    assert.equal(await runGenerate({ out, alg: 'EdDSA', kid: 'one' }, io), 2);
    assert.match(io.complained(), /choose another --kid/);
  });

  test('does not take another file for a key set, and says what to do', async () => {
    await writeFile(join(directory, 'jwks.json'), '[]');
    const io = listeningIo();
    assert.equal(await runGenerate({ out: directory, alg: 'EdDSA' }, io), 2);
    assert.match(io.complained(), /is not a JWK Set; move it away/);
  });

  test('does not let a kid name another place', async () => {
    const io = listeningIo();
    assert.equal(await runGenerate({ out: directory, alg: 'EdDSA', kid: '../evil' }, io), 2);
  });

  test('the command reads its options', async () => {
    const out = join(directory, 'command');
    const io = listeningIo();
    await keysCommand(io).parseAsync(['generate', '--out', out, '--alg', 'ES256', '--kid', 'x', '--json'], {
      from: 'user',
    });
    const { kid, alg } = JSON.parse(io.said());
    assert.deepEqual([kid, alg, process.exitCode], ['x', 'ES256', 0]);
  });
});
