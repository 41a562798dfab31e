import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test, type TestContext } from 'node:test';
import { pinOf } from '../catalogue/pin.ts';
import { fromPlain, type JsonObject } from '../kit/json.ts';
import { scratchDirectory } from './command-io.fixture.ts';
import { policyCommand } from './policy.ts';

const EXAMPLES = join(import.meta.dirname, '../../examples/policies');
const FIXTURES = join(import.meta.dirname, '../policy/fixtures');
const PINS = join(EXAMPLES, 'pins');

/** What a run wrote and how it ended. */
async function run(...argv: string[]): Promise<{ out: string; error: string; code: number | undefined }> {
  const ran: { out: string; error: string; code: number | undefined } = { out: '', error: '', code: undefined };
  const io = {
    print: (line: string) => void (ran.out += `${line}\n`),
    complain: (line: string) => void (ran.error += `${line}\n`),
    env: {},
  };
  const exit = (code: number) => void (ran.code = code);
  const nowMs = () => Date.UTC(2026, 0, 1, 12);
  await policyCommand({ io, exit, nowMs }).parseAsync(argv, { from: 'user' });
  return ran;
}

/** A file that is there while its test runs. */
function written(context: TestContext, name: string, text: string): string {
  const path = join(scratchDirectory(context), name);
  writeFileSync(path, text);
  return path;
}

function policy(rule: string): string {
  return `apiVersion: sallyport/v1\nkind: Policy\nmetadata: { name: a }\nrules: [${rule}]\n`;
}

/** A directory of one pins file, as `sallyport init` writes it. */
function pinsDirectory(context: TestContext, server: string, definition: object): string {
  const directory = scratchDirectory(context);
  const pin = pinOf(fromPlain(definition) as JsonObject);
  const tools = [{ pin, risk: 'low', effects: ['read'], idempotent: true, definition }];
  const document = { apiVersion: 'sallyport/v1', kind: 'Pins', server, tools };
  writeFileSync(join(directory, `${server}.json`), JSON.stringify(document));
  return directory;
}

suite('sallyport policy lint', () => {
  test('ends with 0 when there is nothing to say', async () => {
    const { out, code } = await run('lint', '--policies', EXAMPLES, '--catalogue', PINS);
    assert.match(out, /^10 rules in 3 files: no problems\. Digest [0-9a-f]{64}\.\n$/);
    assert.equal(code, 0);
  });

  test('ends with 1 for warnings', async (context) => {
    const file = written(context, 'a.yaml', policy('{ id: a, match: { server: bank }, effect: allow }'));
    const { error, code } = await run('lint', '--policies', file, '--catalogue', PINS);
    assert.match(error, /a\.yaml:4:15: warning: rules\.0\.id: an allow rule without tests\./);
    assert.equal(code, 1);
  });

  test('shows what of pinned schemas decides nothing, by tool and place, and ends as without it', async (context) => {
    const rule = written(context, 'a.yaml', policy('{ id: a, match: { server: crm }, effect: deny }'));
    const definition = {
      name: 'lookup',
      inputSchema: { type: 'object', properties: { 'a/b': { type: 'string', maxLenght: 5, format: 'phone' } } },
    };
    const pins = pinsDirectory(context, 'crm', definition);
    const { error, out, code } = await run('lint', '--policies', rule, '--catalogue', pins);
    assert.deepEqual(error.trimEnd().split('\n'), [
      `${join(pins, 'crm.json')}:1:1: note: crm/lookup: /inputSchema/properties/a~1b: unknown keyword maxLenght, read as an annotation; did you mean maxLength?`,
      `${join(pins, 'crm.json')}:1:1: note: crm/lookup: /inputSchema/properties/a~1b/format: unknown format phone`,
    ]);
    assert.match(out, /no problems/);
    assert.equal(code, 0);
    const json = JSON.parse((await run('lint', '--policies', rule, '--catalogue', pins, '--json')).out);
    assert.deepEqual(
      [json.problems, json.notes[1].tool, json.notes[1].pointer],
      [[], 'lookup', '/inputSchema/properties/a~1b/format'],
    );
  });

  test('ends with 1 for what in a schema of a rule decides nothing', async (context) => {
    const misspelt = '{ c: schema, schema: { type: object, properties: { code: { maxLenght: 5 } } } }';
    const formatted = '{ c: schema, schema: { format: phone } }';
    const args = `{ a/b: ${misspelt}, both: { c: all, of: [{ c: any, of: [{ c: wildcard }, ${formatted}] }] } }`;
    const rule = `{ id: a, match: { server: crm, tool: lookup }, effect: deny, args: ${args} }`;
    const file = written(context, 'a.yaml', policy(rule));
    const properties = { 'a/b': { type: 'object' }, 'both': {} };
    const pins = pinsDirectory(context, 'crm', { name: 'lookup', inputSchema: { type: 'object', properties } });
    const { error, code } = await run('lint', '--policies', file, '--catalogue', pins);
    assert.deepEqual(error.match(/(?<=warning: rules\.0\.args\.).*/g), [
      'a/b.schema.properties.code: unknown keyword maxLenght, read as an annotation; did you mean maxLength?',
      'both.of.0.of.1.schema.format: unknown format phone.',
    ]);
    assert.equal(code, 1);
  });

  test('ends with 2 for errors, in words or in JSON', async () => {
    const bad = join(FIXTURES, 'misspelt-field.yaml');
    const { error, code } = await run('lint', '--policies', bad, '--catalogue', PINS);
    assert.match(error, /misspelt-field\.yaml:8:5: error: rules\.0\.wen: unknown field\. Did you mean "when"\?\n$/);
    assert.equal(code, 2);
    const json = JSON.parse((await run('lint', '--policies', bad, '--catalogue', PINS, '--json')).out);
    assert.deepEqual([json.problems[0].line, json.problems[0].field], [8, 'rules.0.wen']);
  });

  test('ends with 2 when the files are not there or not named', async () => {
    assert.equal((await run('lint', '--policies', '/nowhere', '--catalogue', PINS)).code, 2);
    assert.equal((await run('lint', '--policies', EXAMPLES, '--catalogue', '/nowhere')).code, 2);
    assert.equal((await run('lint', '--policies', EXAMPLES)).code, 2);
    assert.equal((await run('lint')).code, 2);
  });
});

suite('sallyport policy test', () => {
  test('prints a table, and coverage when it is asked for', async () => {
    const { out, code } = await run('test', '--coverage', '--policies', EXAMPLES, '--catalogue', PINS);
    assert.match(out, /^ok {2}files\.read +2 {5}deny \(policy\.arguments files\.read \/limit\)$/m);
    assert.match(out, /^full {6}bank\.pay\.blocked +deny +yes +yes$/m);
    assert.equal(code, 0);
  });

  test('ends with 1 when a refusal is untested', async (context) => {
    const file = written(context, 'a.yaml', policy('{ id: a, match: { server: bank }, effect: deny }'));
    assert.equal((await run('test', '--policies', file, '--catalogue', PINS)).code, 0);
    assert.equal((await run('test', '--coverage', '--policies', file, '--catalogue', PINS)).code, 1);
  });
});

suite('sallyport policy explain', () => {
  test('says which rule and which argument', async () => {
    const call = join(EXAMPLES, 'calls/read-passwd.json');
    const { out, code } = await run('explain', call, '--policies', EXAMPLES, '--catalogue', PINS);
    assert.match(out, /^answer {2}denied: policy\.arguments\n +rule: files\.read\n +argument: \/path$/m);
    assert.equal(code, 0);
    const json = JSON.parse((await run('explain', call, '--policies', EXAMPLES, '--catalogue', PINS, '--json')).out);
    assert.equal(json.reason, 'policy.arguments');
  });

  test('ends with 2 for a call that could not be made', async (context) => {
    const call = written(context, 'call.json', '{ "server": "files", "tool": "rm" }');
    const { error, code } = await run('explain', call, '--policies', EXAMPLES, '--catalogue', PINS);
    assert.match(error, /call\.json:1:1: error: no pinned tool of "files" is called "rm"\./);
    assert.equal(code, 2);
  });
});
