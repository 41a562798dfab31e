import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { readSegments } from '../../src/audit/read-segments.ts';
import { listeningIo } from '../../src/cli/command-io.fixture.ts';
import { retention } from '../../src/cli/audit/retention.ts';
import { verify } from '../../src/cli/audit/verify.ts';
import { EXIT } from '../../src/cli/exit-codes.ts';
import { runVault } from '../../src/cli/vault/run-vault.fixture.ts';
import { newKekText } from '../../src/vault/kek.ts';
import { outcomes, toldRecords } from '../envoy/outcomes.ts';
import { startV2 } from '../servers/v2/start-v2.ts';
import { CARRIERS, type Carrier, whyNot } from './carriers.ts';
import { type Guarded, startGuarded } from './start-guarded.ts';

/** A Sallyport that keeps what `echo` and `add` are called with, and what they answer. */
async function startKeeping(carrier: Carrier = 'proxy', more: readonly string[] = []) {
  await using undo = new AsyncDisposableStack();
  const keys = await mkdtemp(join(tmpdir(), 'sallyport-keys-'));
  undo.defer(() => rm(keys, { recursive: true, force: true }));
  for (const name of ['first.key', 'second.key']) await writeFile(join(keys, name), newKekText(), { mode: 0o600 });
  const upstream = await startV2();
  undo.defer(() => upstream.close());
  const sectionOf = (key: string, old: readonly string[]): string =>
    [
      'payload_vault:',
      `  key: ${join(keys, key)}`,
      `  old_keys: [${old.map((name) => join(keys, name)).join(', ')}]`,
      '  max_payload_bytes: 4096',
      ...more,
      '  keep:',
      '    - { server: tools, tools: [echo, big], omit: [/nothing/here] }',
      '    - { server: tools, tools: [add], omit: [/b] }',
    ].join('\n');
  const guarded = undo.use(
    await startGuarded({ carrier, servers: { tools: upstream.url }, more: sectionOf('first.key', []) }),
  );
  const started = undo.move();
  return { guarded, keys, sectionOf, [Symbol.asyncDispose]: () => started.disposeAsync() };
}

async function connect(guarded: Guarded, subject: string): Promise<Client & AsyncDisposable> {
  const client = new Client(
    { name: 'agent', version: '1.0.0' },
    { versionNegotiation: { mode: { pin: '2026-07-28' } } },
  );
  const headers = { authorization: `Bearer ${await guarded.token(subject)}` };
  await client.connect(new StreamableHTTPClientTransport(new URL(guarded.url()), { requestInit: { headers } }));
  return Object.assign(client, { [Symbol.asyncDispose]: () => client.close() });
}

/** The decisions about calls of tools, oldest first, when all of `count` are over. */
async function decisions(folder: string, count: number): Promise<readonly string[]> {
  for (;;) {
    await outcomes(folder, 0);
    const told = await toldRecords(folder);
    const calls = told.filter(({ type, data }) => type === 'intent' && data['operation'] === 'tools/call');
    const over = new Set(told.filter(({ type }) => type === 'outcome').map(({ decisionId }) => decisionId));
    if (calls.length >= count && calls.every(({ decisionId }) => over.has(decisionId)))
      return calls.map(({ decisionId }) => decisionId);
    await pause(10);
  }
}

const configOf = ({ folder }: Guarded): string => join(folder, 'sallyport.yaml');

/** What is kept of a decision, as soon as it is written. */
async function shown(guarded: Guarded, decision = '', parts = 2): Promise<readonly Record<string, unknown>[]> {
  for (;;) {
    const { said } = await runVault('show', decision, '--json', '--config', configOf(guarded));
    const found = JSON.parse(said) as Record<string, unknown>[];
    if (found.length >= parts) return found;
    await pause(10);
  }
}

/** Waits for the first signature: a record without one cannot be told to be whole. */
async function auditVerifies(guarded: Guarded): Promise<boolean> {
  for (;;) {
    const code = await verify({ config: configOf(guarded) }, listeningIo());
    if (code !== EXIT.unusable) return code === EXIT.ok;
    await pause(50);
  }
}

suite('the payload vault', { timeout: 60_000 }, () => {
  test('keeps what an official client called with and what it got, and nothing of other tools', async () => {
    await using kept = await startKeeping();
    const { guarded } = kept;
    await using alice = await connect(guarded, 'alice');
    await alice.callTool({ name: 'echo', arguments: { text: 'a word of mine' } });
    await alice.callTool({ name: 'add', arguments: { a: 2, b: 3 } });
    await alice.callTool({ name: 'big', arguments: { bytes: 9000 } });
    await alice.callTool({ name: 'slow', arguments: { ms: 1 } });
    const [echo, add, payload, slow] = await decisions(guarded.folder, 4);
    const [args, reply] = await shown(guarded, echo);
    assert.deepEqual([args?.['kind'], args?.['content']], ['arguments', [{ text: 'a word of mine' }]]);
    assert.match(JSON.stringify(reply?.['content']), /"text":"a word of mine"/);
    const [sum] = await shown(guarded, add);
    assert.deepEqual([sum?.['content'], sum?.['omitted']], [[{ a: 2, b: '(omitted)' }], true]);
    const [, long] = await shown(guarded, payload);
    assert.deepEqual([long?.['kept'], long?.['content']], ['too_long', undefined]);
    assert.equal((await runVault('show', slow ?? '', '--config', configOf(guarded))).code, 1);
    const verified = await runVault('verify', '--json', '--config', configOf(guarded));
    assert.equal(verified.code, 0, verified.complained);
    assert.deepEqual(JSON.parse(verified.said).proven, { arguments: 3, reply: 3 });
  });

  test('leaves no word of it in the state directory, and no digest by which it could be guessed', async () => {
    await using kept = await startKeeping();
    const { guarded } = kept;
    await using alice = await connect(guarded, 'alice');
    await alice.callTool({ name: 'echo', arguments: { text: 'a word of mine' } });
    const [echo] = await decisions(guarded.folder, 1);
    await shown(guarded, echo);
    const state = join(guarded.folder, '.sallyport');
    for (const entry of await readdir(state, { recursive: true, withFileTypes: true })) {
      const bytes = entry.isFile() ? await readFile(join(entry.parentPath, entry.name)) : Buffer.alloc(0);
      assert.equal(bytes.includes('a word of mine'), false, entry.name);
    }
    const intent = (await toldRecords(guarded.folder)).find(({ decisionId }) => decisionId === echo);
    assert.deepEqual(
      Object.keys(intent?.data ?? {}).filter((name) => name.includes('argument')),
      ['argument_names', 'arguments_payload'],
    );
  });

  test('makes what is kept of one subject unreadable, and the record stays what was signed', async () => {
    await using kept = await startKeeping();
    const { guarded } = kept;
    await using alice = await connect(guarded, 'alice');
    await using bob = await connect(guarded, 'bob');
    await alice.callTool({ name: 'echo', arguments: { text: 'of alice' } });
    await bob.callTool({ name: 'echo', arguments: { text: 'of bob' } });
    const [hers, his] = await decisions(guarded.folder, 2);
    await shown(guarded, his);
    const config = ['--config', configOf(guarded)];
    const shred = await runVault('shred', '--subject', 'alice', '--reason', 'asked for', ...config);
    assert.equal(shred.code, 0, shred.complained);
    const gone = await runVault('show', hers ?? '', '--json', ...config);
    assert.deepEqual(
      [gone.code, JSON.parse(gone.said).map((one: object) => Reflect.get(one, 'locked'))],
      [1, ['shredded', 'shredded']],
    );
    assert.equal((await runVault('show', his ?? '', ...config)).code, 0);
    const verified = await runVault('verify', '--json', ...config);
    assert.deepEqual([verified.code, JSON.parse(verified.said).shredded], [0, { arguments: 1, reply: 1 }]);
    assert.equal(await auditVerifies(guarded), true);
    // The service records that it was done, and keeps what comes after under another key.
    await alice.callTool({ name: 'echo', arguments: { text: 'after' } });
    const [, , later] = await decisions(guarded.folder, 3);
    const [args] = await shown(guarded, later);
    assert.deepEqual(args?.['content'], [{ text: 'after' }]);
    while (!(await actionsIn(guarded)).includes('payloads.shred')) await pause(20);
    assert.equal((await runVault('shred', '--subject', 'carol', '--reason', 'asked for', ...config)).code, 1);
  });

  test('reads old segments with keys that were wrapped anew, and needs the old key no more', async () => {
    await using kept = await startKeeping();
    const { guarded, sectionOf } = kept;
    await using alice = await connect(guarded, 'alice');
    await alice.callTool({ name: 'echo', arguments: { text: 'before' } });
    const [before] = await decisions(guarded.folder, 1);
    await shown(guarded, before);
    const path = configOf(guarded);
    const text = await readFile(path, 'utf8');
    const withKeys = (key: string, old: readonly string[]): string =>
      text.replace(sectionOf('first.key', []), sectionOf(key, old));
    await writeFile(path, withKeys('second.key', ['first.key']));
    await guarded.restart();
    const rewrapped = await runVault('rewrap', '--config', path);
    assert.deepEqual([rewrapped.code, rewrapped.complained], [0, '']);
    await writeFile(path, withKeys('second.key', []));
    const [args] = await shown(guarded, before);
    assert.deepEqual(args?.['content'], [{ text: 'before' }]);
    await writeFile(path, withKeys('first.key', []));
    assert.deepEqual(await lockedBy(guarded, before), ['no-kek', 'no-kek']);
  });

  test('follows the record into its archive, where it is read as before', async () => {
    await using kept = await startKeeping('proxy', ['  segment_payloads: 16']);
    const { guarded } = kept;
    await using alice = await connect(guarded, 'alice');
    for (let count = 0; count < 20; count += 1) await alice.callTool({ name: 'echo', arguments: { text: `${count}` } });
    const all = await decisions(guarded.folder, 20);
    await shown(guarded, all.at(-1));
    const archive = join(guarded.folder, 'cold');
    const config = configOf(guarded);
    // Until the first checkpoint there is nothing to hold records to.
    const moved = (): Promise<number> =>
      retention({ config, keep: '0s', archive, json: true }, io, Date.now() + 1).catch(() => 2);
    const io = listeningIo();
    while ((await moved()) !== 0) await pause(50);
    assert.ok((await readdir(join(archive, 'vault'))).length >= 2);
    const [args] = JSON.parse(
      (await runVault('show', all[0] ?? '', '--json', '--archive', archive, '--config', config)).said,
    );
    assert.deepEqual(args.content, [{ text: '0' }]);
    assert.equal((await runVault('show', all[0] ?? '', '--config', config)).code, 1);
    const verified = await runVault('verify', '--json', '--archive', archive, '--config', config);
    assert.deepEqual([verified.code, JSON.parse(verified.said).proven], [0, { arguments: 20, reply: 20 }]);
  });

  for (const carrier of CARRIERS) {
    test(`keeps arguments, and replies where they are judged (${carrier})`, { skip: whyNot(carrier) }, async () => {
      await using kept = await startKeeping(carrier);
      const { guarded } = kept;
      await using alice = await connect(guarded, 'alice');
      await alice.callTool({ name: 'echo', arguments: { text: 'through here' } });
      const [echo] = await decisions(guarded.folder, 1);
      const seen = { proxy: 2, authorize: 1, inspect: 2 }[carrier];
      const found = await shown(guarded, echo, seen);
      assert.deepEqual([found.length, found[0]?.['content']], [seen, [{ text: 'through here' }]]);
      const outcome = (await toldRecords(guarded.folder)).find(
        ({ type, decisionId }) => type === 'outcome' && decisionId === echo,
      );
      const said = outcome?.data['reply_payload'] as { readonly kept: string };
      assert.equal(said.kept, { proxy: 'whole', authorize: 'unseen', inspect: 'whole' }[carrier]);
      assert.equal((await runVault('verify', '--config', configOf(guarded))).code, 0);
    });
  }
});

async function actionsIn({ folder }: Guarded): Promise<readonly unknown[]> {
  const items = await Array.fromAsync(readSegments(join(folder, '.sallyport/record')));
  return items.map((item) => (item.kind === 'record' ? Reflect.get(Object(item.record.data), 'action') : undefined));
}

async function lockedBy(guarded: Guarded, decision = ''): Promise<readonly unknown[]> {
  const { said } = await runVault('show', decision, '--json', '--config', configOf(guarded));
  return (JSON.parse(said) as object[]).map((one) => Reflect.get(one, 'locked'));
}
