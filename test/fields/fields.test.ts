import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { canonicalJson } from '../../src/kit/canonical-json.ts';
import { sha256Hex } from '../../src/kit/digest.ts';
import { fromPlain } from '../../src/kit/json.ts';
import type { Outcome } from '../clients/driver.ts';
import { ts2 } from '../clients/ts-2.ts';
import { writeProject } from '../e2e/start-sallyport.ts';
import { MAIN, startServed } from '../shipping/served.ts';
import { startHttpReceiver } from '../telemetry/start-receiver.ts';
import { startPeople } from './start-people.ts';
import { filesBelow, tracesOf } from './traces-of.ts';

/** Rules that read all of it, quote some of it, and fail on some. */
const POLICY = `apiVersion: sallyport/v1
kind: Policy
metadata: { name: people }
classes:
  - { match: { server: people, tool: register }, fields: { /note: pii, /pin: pii, /contact: pii } }
rules:
  - id: take-in
    match: { tool: register }
    effect: allow
    extra_args: allow
    args: { password: { c: not_one_of, values: [hunter2] }, email: { c: len, max: 60 } }
    when: '!has(args.contact) || args.contact.phone != "0"'
  - { id: pins, match: { tool: register }, effect: require, args: { pin: { c: range, max: 1000000, optional: true } } }
  - { id: notes, match: { tool: register }, effect: deny, when: 'has(args.note) && path.under(args.note, "/private")' }
  - { id: headers, match: { tool: register }, effect: deny, when: 'has(args.headers) && size(args.headers) > 2' }
`;

const LETTERS = 'abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789'.split('');

/** What is hidden in one call: no text that occurs anywhere else. */
const hidden = fc
  .string({
    unit: fc.constantFrom(...LETTERS),
    minLength: 14,
    maxLength: 24,
  })
  .map((text) => `Q${text}`);

/** Ways to hide it, that pass, that the schema, the rules or an error of a rule refuse. */
const WAYS: readonly ((text: string) => object)[] = [
  (text) => ({ email: `${text}@example.com`, password: text, contact: { phone: text } }),
  (text) => ({ email: `${text}@example.com`, password: text, note: `/private/${text}` }),
  (text) => ({ email: `${text}@example.com`, password: text, note: `/private/../${text}` }),
  (text) => ({ email: text, password: text }),
  (text) => ({ email: `${text}@example.com`, password: [text] }),
  (text) => ({ email: `${text}@example.com`, password: text, contact: { phone: text, [text]: 'x' } }),
  (text) => ({ email: `${text}@example.com`, password: text.repeat(9) }),
  (text) => ({ email: `${text.repeat(4)}@example.com`, password: text }),
  (text) => ({ email: `${text}@example.com`, password: text, pin: text }),
  (text) => ({ email: `${text}@example.com`, password: text, headers: { authorization: text } }),
  (text) => ({ email: `${text}@example.com`, password: text, headers: { authorization: text, a: '1', b: '2' } }),
];

const textOf = (outcome: Outcome): string =>
  JSON.stringify(outcome, (_, value: unknown) => (value instanceof Error ? value.message : value));

suite('secret and personal arguments, with a real client and server', () => {
  test('are in no byte of record, shipped record, log, span, metric or refusal', async () => {
    await using people = await startPeople();
    await using spans = await startHttpReceiver();
    const folder = await writeProject({
      servers: { people: people.url },
      policy: POLICY,
      level: 'debug',
      telemetry: [`tracing: { otlp: ${spans.otlp}, sample: 1 }`],
      more: 'audit: { ship: { copy: { kind: file, path: shipped.ndjson } } }',
    });
    await using undo = new AsyncDisposableStack();
    undo.defer(() => rm(folder, { recursive: true, force: true }));
    const texts = fc.sample(hidden, 3 * WAYS.length);
    const calls = texts.map((text, index) => WAYS[index % WAYS.length]?.(text) ?? {});
    const served = undo.use(await startServed(folder));
    const outcomes = await ts2('modern').run(
      new URL('/people', served.origin).href,
      calls.map((args) => ({ do: 'call', tool: 'register', args: { ...args } })),
    );
    assert.equal(people.received.length, outcomes.filter((outcome) => textOf(outcome).includes('done')).length);
    assert.ok(people.received.length >= 6 && people.received.length < calls.length, `${people.received.length}`);
    await spans.until((all) => all.filter(({ kind }) => kind === 'server').length >= calls.length);
    const metrics = await served.metrics();
    assert.equal(await served.drain(), 0);

    const files = filesBelow(folder);
    const shipped = files.get(join(folder, 'shipped.ndjson'))?.toString() ?? '';
    assert.match(shipped, /"\/email":\{"class":"pii","pseudonym":"[0-9a-f]{64}","why":"masked"\}/);
    assert.match(shipped, /"\/password":\{"class":"secret","why":"masked"\}/);
    assert.match(served.said(), /a call was refused/);
    const places = new Map<string, string | Buffer>([
      ...files,
      ['log', served.said()],
      ['metrics', metrics],
      ['spans', JSON.stringify(spans.requests)],
      ['refusals', outcomes.map(textOf).join('\n')],
    ]);
    assert.deepEqual(tracesOf(texts, places), []);
    const digests = calls.map((args) => sha256Hex(canonicalJson(fromPlain(args as never))));
    assert.deepEqual(
      digests.filter((digest) => shipped.includes(digest)),
      [],
    );

    // Replayed against the rules that made it nothing is told differently: it is the same, or it cannot be told.
    const args = [MAIN, 'policy', 'replay', '--since', '1h', '--config', join(folder, 'sallyport.yaml')];
    const { stdout } = await promisify(execFile)(process.execPath, args);
    assert.doesNotMatch(stdout, /(allow|deny|error) -> (allow|deny|error)/);
    assert.match(stdout, /reads what is not recorded/);
  });
});
