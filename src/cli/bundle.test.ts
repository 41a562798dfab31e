import assert from 'node:assert/strict';
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test, type TestContext } from 'node:test';
import { bundleCommand } from './bundle.ts';
import { listeningIo, scratchDirectory } from './command-io.fixture.ts';
import { runGenerate } from './keys.ts';
import { policyCommand } from './policy.ts';
import { readPolicyProject } from './read-policy-project.ts';

const EXAMPLES = join(import.meta.dirname, '../../examples/policies');
const PINS = join(EXAMPLES, 'pins');

interface Ran {
  readonly out: string;
  readonly error: string;
  readonly code: number | undefined;
}

async function run(command: typeof bundleCommand | typeof policyCommand, argv: readonly string[]): Promise<Ran> {
  const io = listeningIo();
  let code: number | undefined;
  const exit = (answer: number) => void (code = answer);
  const nowMs = () => Date.UTC(2026, 10, 25, 12);
  await command({ io, exit, nowMs, readConfig: readPolicyProject }).parseAsync(argv, { from: 'user' });
  return { out: io.said(), error: io.complained(), code };
}
const bundle = (...argv: readonly string[]): Promise<Ran> => run(bundleCommand, argv);
const policy = (...argv: readonly string[]): Promise<Ran> => run(policyCommand, argv);

/** A directory with a copy of the example policies and a key pair. */
async function workshop(context: TestContext) {
  const directory = scratchDirectory(context);
  const rules = join(directory, 'rules');
  cpSync(EXAMPLES, rules, { recursive: true });
  await runGenerate({ out: directory, alg: 'EdDSA', kid: 'one' }, listeningIo());
  const file = join(directory, 'rules.bundle');
  const build = (revision: number, out = file): Promise<Ran> =>
    bundle('build', rules, '--name', 'acme', '--revision', String(revision), '-o', out, '--catalogue', PINS);
  const sign = (path = file): Promise<Ran> => bundle('sign', path, '--key', join(directory, 'one.private.json'));
  return { directory, rules, file, keys: join(directory, 'jwks.json'), build, sign };
}

/** A configuration beside the workshop's bundle. */
async function configured(context: TestContext) {
  const made = await workshop(context);
  await made.build(3);
  await made.sign();
  const servers = readdirSync(PINS).map((name) => {
    const server = name.replace('.json', '');
    const rest = 'identity: anonymous, capability: none, upstream: "http://127.0.0.1:9/mcp"';
    return `  ${server}: { route: /${server}, pins: rules/pins/${name}, ${rest} }\n`;
  });
  const text = `servers:\n${servers.join('')}policy_bundle: { file: rules.bundle, keys: jwks.json }\n`;
  const config = join(made.directory, 'sallyport.yaml');
  writeFileSync(config, text);
  return { ...made, config };
}

suite('sallyport policy bundle', () => {
  test('builds, signs and verifies the policy files of a directory with the sets they name', async (context) => {
    const { file, keys, build, sign } = await workshop(context);
    const built = await build(3);
    assert.deepEqual([built.code, built.error], [0, '']);
    assert.match(built.out, /acme revision 3, \d files, not signed\. Digest [0-9a-f]{64}\.$/);
    assert.equal((await bundle('verify', file, '--keys', keys)).code, 1);
    assert.match((await sign()).out, /acme revision 3, signed by one\./);
    const { code, out } = await bundle('verify', file, '--keys', keys, '--json');
    const { verified, revision, signed_by: by, files } = JSON.parse(out);
    assert.deepEqual([code, verified, revision, by], [0, true, 3, 'one']);
    const paths = files.map(({ path }: { path: string }) => path);
    const expected = readdirSync(EXAMPLES).filter((name) => name.endsWith('.yaml'));
    for (const name of expected) assert.ok(paths.includes(name), name);
    assert.ok(paths.some((path: string) => path.startsWith('sets/')));
  });

  test('says in JSON why a bundle is refused', async (context) => {
    const { file, keys, build } = await workshop(context);
    await build(1);
    const { code, out } = await bundle('verify', file, '--keys', keys, '--json');
    assert.deepEqual(
      [code, JSON.parse(out)],
      [1, { verified: false, fault: 'unsigned', message: 'the bundle is not signed' }],
    );
  });

  test('ends with 2 when it cannot be told', async (context) => {
    const { file, keys, build, sign, directory } = await workshop(context);
    assert.equal((await bundle('verify', file, '--keys', keys)).code, 2);
    await build(1);
    await sign();
    const noKeys = await bundle('verify', file, '--keys', join(directory, 'none.json'));
    assert.deepEqual([noKeys.code, /none\.json is not there/.test(noKeys.error)], [2, true]);
    assert.equal((await bundle('verify', file, '--keys', file)).code, 2);
  });

  test('wants the name that is asked for', async (context) => {
    const { file, keys, build, sign } = await workshop(context);
    await build(1);
    await sign();
    assert.equal((await bundle('verify', file, '--keys', keys, '--name', 'acme')).code, 0);
    assert.equal((await bundle('verify', file, '--keys', keys, '--name', 'other')).code, 1);
  });

  test('builds nothing of rules that cannot be used', async (context) => {
    const { rules, file, build } = await workshop(context);
    writeFileSync(
      join(rules, 'wrong.yaml'),
      'apiVersion: sallyport/v1\nkind: Policy\nmetadata: { name: w }\nrules: [{ id: w, match: { server: nowhere }, effect: allow }]\n',
    );
    const { code, error } = await build(1);
    assert.match(error, /wrong\.yaml:4:\d+: error: .*nowhere/);
    assert.equal(code, 2);
    assert.throws(() => readFileSync(file), /ENOENT/);
  });

  test('takes no file from elsewhere, and none whose name is not the same everywhere', async (context) => {
    const { rules, build } = await workshop(context);
    const head = 'apiVersion: sallyport/v1\nkind: Policy\nmetadata: { name: w }\nrules: []\n';
    for (const set of ['../outside.yaml', '/etc/hostname', 'sets/gone.yaml', 'sets/.hidden.yaml']) {
      writeFileSync(join(rules, 'w.yaml'), `${head}sets: { a: { file: ${set} } }\n`);
      assert.equal((await build(1)).code, 2, set);
    }
    rmSync(join(rules, 'w.yaml'));
    writeFileSync(join(rules, 'ä.yaml'), head);
    assert.equal((await build(1)).code, 2);
    rmSync(join(rules, 'ä.yaml'));
    writeFileSync(join(rules, 'FILES.yaml'), head);
    assert.match((await build(1)).error, /refused \(malformed\)/);
  });

  test('wants a whole number as revision and a plain name', async (context) => {
    const { rules, file } = await workshop(context);
    for (const revision of ['0', '-1', '1.5', '01', '1e3', '99999999999999999', 'x']) {
      const argv = ['build', rules, '--name', 'acme', `--revision=${revision}`, '-o', file];
      assert.equal((await bundle(...argv)).code, 2, revision);
    }
    assert.equal((await bundle('build', rules, '--name', '../x', '--revision', '1', '-o', file)).code, 2);
  });

  test('signs nothing twice, and nothing that is changed', async (context) => {
    const { file, build, sign } = await workshop(context);
    await build(1);
    const text = readFileSync(file, 'utf8');
    writeFileSync(file, text.replace('read_file', 'drop_file'));
    assert.match((await sign()).error, /is not the file that the manifest names/);
    writeFileSync(file, text);
    assert.equal((await sign()).code, 0);
    assert.match((await sign()).error, /signed already/);
  });

  test('leaves nothing beside the file that it writes', async (context) => {
    const { directory, build, sign } = await workshop(context);
    const before = readdirSync(directory);
    await build(1);
    await sign();
    assert.deepEqual(readdirSync(directory).toSorted(), [...before, 'rules.bundle'].toSorted());
  });

  test('replaces the file of a link only when it is told its place', async (context) => {
    const { directory, build } = await workshop(context);
    const target = join(directory, 'target');
    writeFileSync(target, 'mine');
    symlinkSync(target, join(directory, 'link.bundle'));
    await build(1, join(directory, 'link.bundle'));
    assert.equal(readFileSync(target, 'utf8'), 'mine');
  });
});

suite('the policy commands, with a bundle', () => {
  test('say of it what they say of its files', async (context) => {
    const { config, rules } = await configured(context);
    const plain = ['--policies', rules, '--catalogue', PINS];
    for (const [name, ...flags] of [
      ['lint', '--json'],
      ['test', '--json', '--coverage'],
    ] as const) {
      const [ofFiles, ofBundle] = [
        await policy(name, ...flags, ...plain),
        await policy(name, ...flags, '--config', config),
      ];
      assert.equal(ofBundle.code, ofFiles.code, ofBundle.error);
      const shown = (text: string): string => text.replaceAll(/"(?:file|source)": "[^"]*"/g, '');
      assert.equal(shown(ofBundle.out), shown(ofFiles.out));
    }
  });

  test('show what a next bundle changes', async (context) => {
    const { directory, rules, file, build } = await configured(context);
    const next = join(directory, 'next.bundle');
    await build(4, next);
    assert.equal((await policy('diff', file, next, '--catalogue', PINS)).code, 0);
    rmSync(join(rules, 'files.yaml'));
    await build(4, next);
    const { code, out } = await policy('diff', file, next, '--catalogue', PINS);
    assert.equal(code, 1);
    assert.match(out, /allow \(.*\) -> deny \(no rule\)/);
    assert.equal((await policy('lint', '--policies', next, '--catalogue', PINS)).code, 0);
  });

  test('replay the record against a candidate in a bundle', async (context) => {
    const { config, directory, build } = await configured(context);
    const record = join(directory, 'record');
    mkdirSync(record);
    const next = join(directory, 'next.bundle');
    await build(4, next);
    for (const argv of [['--candidate', next], []]) {
      const { code, error } = await policy('replay', ...argv, '--config', config, '--directory', record);
      assert.equal(code, 0, error);
    }
  });

  test('refuse a configured bundle that does not verify, and say why', async (context) => {
    const { config, file } = await configured(context);
    writeFileSync(file, readFileSync(file, 'utf8').replace('read_file', 'drop_file'));
    const { code, error } = await policy('lint', '--config', config);
    assert.equal(code, 2);
    assert.match(error, /sallyport\.yaml:\d+:\d+: error: policy_bundle: files\.yaml is not the file/);
    writeFileSync(join(file, '../broken.bundle'), '{}');
    assert.equal((await policy('lint', '--policies', join(file, '../broken.bundle'), '--catalogue', PINS)).code, 2);
  });
});

suite('sallyport policy bundle allow-rollback', () => {
  test('says that there is no need before anything was in force', async (context) => {
    const { config } = await configured(context);
    const { code, out } = await bundle('allow-rollback', '--config', config);
    assert.equal(code, 1);
    assert.match(out, /needs no permit/);
  });

  test('wants a configuration with a bundle', async (context) => {
    const { config } = await configured(context);
    writeFileSync(config, readFileSync(config, 'utf8').replace(/policy_bundle.*/, ''));
    assert.equal((await bundle('allow-rollback', '--config', config)).code, 2);
  });
});
