import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { whyNoEnvoy } from '../envoy/envoy-part.ts';
import { checks, runDemo } from './run-demo.ts';

/** What every carrier must show, in order. */
const SCENES = [
  'the file was read',
  'the file was read',
  'the file was read',
  'the model is told what was wrong and what would be right',
  'the tool server saw nothing',
  'the record names the rule and the reason',
  'the limit of 100 lines is in the schema of read_file',
  'the limit of 100 lines is in the schema of read_file',
  'the report agent sees one tool, the editor two',
  '401 token.signature',
  '401 token.expired',
  'without Sallyport the last one runs',
  'it is refused and nothing is forwarded',
  'the changed tool is not shown',
  'it cannot be called either',
  'the operator sees what changed',
  'each has its intent and its outcome',
  'every refusal is there with its reason',
].map((what) => `✓ ${what}`);

/** What Envoy's counters show besides; how many requests there were is up to the clients. */
const COUNTED = ['✓ N of N requests reached the tool server, none without Sallyport', '✓ Sallyport answered each time'];

/** A folder without any program. */
const NO_PROGRAMS = import.meta.dirname;

suite('npm run demo', () => {
  test('tells each scene, and needs nothing but Node', async () => {
    const { code, stdout, stderr } = await runDemo([], NO_PROGRAMS);
    assert.deepEqual(checks(stdout), SCENES, stdout + stderr);
    assert.match(stdout, /Each answer was the right one\.\n$/);
    assert.equal(code, 0);
  });

  test('says what there is', async () => {
    const { code, stdout } = await runDemo(['--help']);
    assert.match(stdout, /--envoy \[wiring\]/);
    assert.equal(code, 0);
  });

  for (const [what, args] of [
    ["unknown option '--envy'", ['--envy']],
    ["argument 'both' is invalid", ['--envoy', 'both']],
    ['too many arguments', ['--envoy', 'inspect', 'authorize']],
  ] as const) {
    test(`does not begin, and says: ${what}`, async () => {
      const { code, stdout, stderr } = await runDemo(args);
      assert.ok(stderr.includes(what), stderr);
      assert.deepEqual([code, stdout], [2, '']);
    });
  }
});

suite('npm run demo -- --envoy', () => {
  test('tells the same scenes through Envoy in both wirings', { skip: whyNoEnvoy() }, async () => {
    const { code, stdout, stderr } = await runDemo(['--envoy']);
    const seen = checks(stdout).map((line) => line.replace(/\d+ of \d+/, 'N of N'));
    assert.deepEqual(seen, [...SCENES, ...COUNTED, ...SCENES, ...COUNTED], stdout + stderr);
    assert.deepEqual(stdout.match(/(?<=Through Envoy, wiring ").*(?=")/g), ['authorize', 'inspect']);
    assert.match(stdout, /Each answer was the right one\.\n$/);
    assert.equal(code, 0);
  });

  test('says what is missing where there is no Python', async () => {
    const { code, stdout, stderr } = await runDemo(['--envoy', 'inspect'], NO_PROGRAMS);
    assert.match(stderr, /python3 is not installed/);
    assert.match(stderr, /install Python 3\.10 or newer with pip/);
    assert.deepEqual([code, checks(stdout)], [1, []]);
  });
});
