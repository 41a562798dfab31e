import assert from 'node:assert/strict';
import { mkdtemp, open, readdir, rm, writeFile } from 'node:fs/promises';
import { once } from 'node:events';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { listeningIo } from '../../src/cli/command-io.fixture.ts';
import type { Divergence } from '../../src/cli/replay/divergence.ts';
import { type MockFlags, runMock } from '../../src/cli/replay/run-mock.ts';
import { runVault } from '../../src/cli/vault/run-vault.fixture.ts';
import { newKekText } from '../../src/vault/kek.ts';
import type { Era } from '../attacks/peer.ts';
import { outcomes, toldRecords } from '../envoy/outcomes.ts';
import type { Upstream } from '../servers/upstream.ts';
import { startV1 } from '../servers/v1/start-v1.ts';
import { startV2 } from '../servers/v2/start-v2.ts';
import { type Carrier, whyNot } from './carriers.ts';
import { type Guarded, policyOf, startGuarded } from './start-guarded.ts';

type Arguments = Readonly<Record<string, unknown>>;
/** Name and arguments of a call. */
type Made = readonly [string, Arguments];

const CALLS: readonly Made[] = [
  ['echo', { text: 'one' }],
  ['add', { a: 2, b: 3 }],
  ['echo', { text: 'two' }],
  ['delete_all', {}],
  ['echo', { text: 'one' }],
];

/** A Sallyport that keeps what `echo`, `big`, `ask` and `add` are called with, and what they answer. It refuses `delete_all`. */
async function startKeeping(carrier: Carrier = 'proxy', start: () => Promise<Upstream> = startV2) {
  await using undo = new AsyncDisposableStack();
  const keys = await mkdtemp(join(tmpdir(), 'sallyport-keys-'));
  undo.defer(() => rm(keys, { recursive: true, force: true }));
  await writeFile(join(keys, 'vault.key'), newKekText(), { mode: 0o600 });
  const upstream = await start();
  undo.defer(() => upstream.close());
  const more = [
    'payload_vault:',
    `  key: ${join(keys, 'vault.key')}`,
    '  max_payload_bytes: 4096',
    '  keep:',
    '    - { server: tools, tools: [echo, big, ask] }',
    '    - { server: tools, tools: [add], omit: [/b] }',
  ].join('\n');
  const policy = policyOf(
    '{ id: all, match: { tool: "*" }, effect: allow }',
    '{ id: none, match: { tool: delete_all }, effect: deny, message: "Nothing is deleted here." }',
  );
  const guarded = undo.use(await startGuarded({ carrier, servers: { tools: upstream.url }, policy, more }));
  const started = undo.move();
  return { guarded, [Symbol.asyncDispose]: () => started.disposeAsync() };
}

/** How an agent connects. */
interface AgentOptions {
  readonly era?: Era;
  readonly prepare?: (client: Client) => void;
  readonly token?: string;
}

async function connect(url: string, { era = 'modern', prepare = () => {}, token = 'none' }: AgentOptions = {}) {
  const versionNegotiation = { mode: era === 'modern' ? { pin: '2026-07-28' } : 'legacy' } as const;
  const client = new Client({ name: 'agent', version: '1.0.0' }, { versionNegotiation });
  prepare(client);
  const headers = { authorization: `Bearer ${token}` };
  await client.connect(new StreamableHTTPClientTransport(new URL(url), { requestInit: { headers } }));
  return Object.assign(client, { [Symbol.asyncDispose]: () => client.close() });
}

/** Its user can be asked, and says yes. */
function canBeAsked(client: Client): void {
  client.registerCapabilities({ elicitation: { form: {} } });
  client.setRequestHandler('elicitation/create', () => ({ action: 'accept', content: { answer: 'yes' } }));
}

async function callAll(client: Client, calls: readonly Made[]): Promise<readonly unknown[]> {
  const results: unknown[] = [];
  for (const [name, args] of calls) results.push(await client.callTool({ name, arguments: args }));
  return results;
}

/** Has the calls made and recorded, and everything of them written. */
async function record(guarded: Guarded, calls: readonly Made[], subject = 'alice', agent: AgentOptions = {}) {
  await using client = await connect(guarded.url(), { ...agent, token: await guarded.token(subject) });
  const { tools } = await client.listTools();
  const results = await callAll(client, calls);
  await client.close();
  await outcomes(guarded.folder, 0);
  await guarded.restart();
  return { tools, results };
}

/** A mock that is running, and what came of it when it has ended. */
async function startMock({ folder }: Guarded, more: Partial<MockFlags> = {}) {
  const io = listeningIo();
  const stop = new AbortController();
  const config = join(folder, 'sallyport.yaml');
  const flags = { config, server: 'tools', listen: '127.0.0.1:0', json: true, ...more };
  const ready = Promise.withResolvers<void>();
  const print = (line: string): void => {
    io.print(line);
    ready.resolve();
  };
  const ended = runMock(flags, { ...io, print }, stop.signal);
  // A mock that cannot start rejects at once.
  await Promise.race([ended, ready.promise]);
  const { url, calls } = JSON.parse(io.said().split('\n')[0] ?? '');
  const result = async () => {
    const code = await ended;
    const last: { answered: number; left: number; divergence: Divergence | null } = JSON.parse(
      io.said().split('\n').at(-1) ?? '',
    );
    return { code, ...last, complained: io.complained() };
  };
  const end = () => {
    stop.abort();
    return result();
  };
  return {
    url: String(url),
    calls: Number(calls),
    ended: result,
    stop: end,
    async [Symbol.asyncDispose]() {
      await end();
    },
  };
}

/** Of what the mock says itself, which is of a refusal, the SDK says that the mock does. */
function withoutMock(result: unknown): unknown {
  return JSON.parse(JSON.stringify(result), (name, value) =>
    name === 'io.modelcontextprotocol/serverInfo' && value.name === 'tools' ? undefined : value,
  );
}

function byName<T extends { readonly name: string }>(tools: readonly T[]): readonly T[] {
  return tools.toSorted((one, other) => one.name.localeCompare(other.name));
}

async function refusalOf(asked: Promise<unknown>): Promise<string> {
  return await asked.then(
    () => assert.fail('it was answered'),
    (error: Error) => error.message,
  );
}

suite('sallyport replay --mock', { timeout: 60_000 }, () => {
  for (const era of ['modern', 'legacy'] as const)
    test(`answers an official client as it was answered before (${era})`, async () => {
      await using kept = await startKeeping();
      const before = await record(kept.guarded, CALLS, 'alice', { era });
      await using mock = await startMock(kept.guarded);
      await using client = await connect(mock.url, { era });
      const { tools } = await client.listTools();
      // The pins have also what no caller was shown, since it is always refused.
      assert.deepEqual(byName(tools.filter(({ name }) => name !== 'delete_all')), byName(before.tools));
      assert.deepEqual((await callAll(client, CALLS)).map(withoutMock), before.results);
      const { code, answered, left, complained } = await mock.stop();
      assert.deepEqual([code, answered, left, complained], [0, 5, 0, '']);
    });

  test('answers a client of another era with the same content', async () => {
    await using kept = await startKeeping();
    const { results } = await record(kept.guarded, CALLS, 'alice');
    await using mock = await startMock(kept.guarded);
    await using client = await connect(mock.url, { era: 'legacy' });
    const contents = (all: readonly unknown[]): readonly unknown[] => all.map((one) => Object(one).content);
    assert.deepEqual(contents(await callAll(client, CALLS)), contents(results));
    assert.equal((await mock.stop()).code, 0);
  });

  test('asks back where the server asked back with a result', async () => {
    await using kept = await startKeeping();
    const calls: readonly Made[] = [['ask', { question: 'Really?' }]];
    const { results } = await record(kept.guarded, calls, 'alice', { prepare: canBeAsked });
    await using mock = await startMock(kept.guarded);
    assert.equal(mock.calls, 2);
    await using client = await connect(mock.url, { prepare: canBeAsked });
    assert.deepEqual(await callAll(client, calls), results);
    assert.equal((await mock.stop()).code, 0);
  });

  test('replays one session of several', async () => {
    await using kept = await startKeeping('proxy', startV1);
    const { guarded } = kept;
    await record(guarded, CALLS.slice(0, 1), 'alice', { era: 'legacy' });
    await record(guarded, CALLS.slice(1, 3), 'alice', { era: 'legacy' });
    const told = await toldRecords(guarded.folder);
    const [session] = told.flatMap(({ data }) =>
      Object(data['target']).name === 'add' ? [data['session_sha256']] : [],
    );
    assert.equal(typeof session, 'string');
    await using mock = await startMock(guarded, { session: String(session) });
    await using client = await connect(mock.url);
    await callAll(client, CALLS.slice(1, 3));
    const { code, answered } = await mock.stop();
    assert.deepEqual([code, answered], [0, 2]);
  });

  test('does not serve a record that is damaged', async () => {
    await using kept = await startKeeping();
    await record(kept.guarded, CALLS);
    const directory = join(kept.guarded.folder, '.sallyport/record');
    const [first = ''] = (await readdir(directory)).filter((name) => name.endsWith('.log')).toSorted();
    await using file = await open(join(directory, first), 'r+');
    await file.write('damage', 100);
    await assert.rejects(startMock(kept.guarded), /no record begins here, and records follow/);
  });

  test('says once where arguments differ, and answers what comes as recorded afterwards', async () => {
    await using kept = await startKeeping();
    await record(kept.guarded, CALLS);
    await using mock = await startMock(kept.guarded);
    await using client = await connect(mock.url);
    await callAll(client, CALLS.slice(0, 2));
    const other = refusalOf(client.callTool({ name: 'echo', arguments: { text: 'other\u001b[2J', more: [1] } }));
    assert.match(await other, /Not as recorded: .*echo .* was called with other arguments/);
    assert.match(await refusalOf(client.callTool({ name: 'add', arguments: {} })), /add was called where echo/);
    await callAll(client, CALLS.slice(2));
    const { code, left, divergence, complained } = await mock.stop();
    assert.deepEqual([code, left], [1, 0]);
    const { recorded, ...rest } = divergence ?? assert.fail('no divergence');
    assert.equal(recorded?.tool, 'echo');
    assert.deepEqual(rest, {
      kind: 'arguments',
      call: 3,
      of: 5,
      called: { tool: 'echo' },
      differences: [
        { pointer: '/text', recorded: '"two"', called: '"other\\u001b[2J"' },
        { pointer: '/more', called: '[1]' },
      ],
    });
    assert.deepEqual(JSON.parse(complained), { divergence });
  });

  test('wants the recorded order, unless any will do', async () => {
    await using kept = await startKeeping();
    await record(kept.guarded, CALLS);
    await using ordered = await startMock(kept.guarded);
    await using early = await connect(ordered.url);
    assert.match(await refusalOf(early.callTool({ name: 'add', arguments: { a: 2, b: 3 } })), /is recorded/);
    const first = await ordered.stop();
    assert.deepEqual([first.code, first.left, first.divergence?.kind], [1, 5, 'tool']);
    await using relaxed = await startMock(kept.guarded, { anyOrder: true, exitWhenDone: true });
    await using client = await connect(relaxed.url);
    await callAll(client, CALLS.toReversed());
    const second = await relaxed.ended();
    assert.deepEqual([second.code, second.left, second.complained], [0, 0, '']);
  });

  test('ends with the first call too many, and says which calls did not come', async () => {
    await using kept = await startKeeping();
    await record(kept.guarded, CALLS.slice(0, 2));
    await using short = await startMock(kept.guarded);
    await using hasty = await connect(short.url);
    await callAll(hasty, CALLS.slice(0, 1));
    const missing = await short.stop();
    assert.deepEqual([missing.code, missing.divergence?.kind, missing.divergence?.missing], [1, 'missing', 1]);
    await using full = await startMock(kept.guarded);
    await using client = await connect(full.url);
    await callAll(client, CALLS.slice(0, 2));
    assert.match(await refusalOf(callAll(client, CALLS.slice(0, 1))), /no such call is left/);
    const more = await full.stop();
    assert.deepEqual([more.code, more.divergence?.kind, more.divergence?.call], [1, 'more', 3]);
    await using early = await startMock(kept.guarded, { exitWhenDone: true });
    await using last = await connect(early.url);
    await refusalOf(last.callTool({ name: 'big', arguments: { bytes: 1 } }));
    assert.equal((await early.ended()).code, 1);
  });

  test('says of an answer that it was shredded, too long, or not kept, and takes any arguments for unknown ones', async () => {
    await using kept = await startKeeping();
    const { guarded } = kept;
    await record(guarded, [['echo', { text: 'of alice' }]], 'alice');
    const others: readonly Made[] = [
      ['big', { bytes: 9000 }],
      ['slow', { ms: 1 }],
    ];
    await record(guarded, others, 'bob');
    const config = join(guarded.folder, 'sallyport.yaml');
    const shred = await runVault('shred', '--subject', 'alice', '--reason', 'asked for', '--config', config);
    assert.equal(shred.code, 0, shred.complained);
    await using mock = await startMock(guarded);
    await using client = await connect(mock.url);
    const [echo, big, slow] = [
      await refusalOf(client.callTool({ name: 'echo', arguments: { text: 'whatever' } })),
      await refusalOf(client.callTool({ name: 'big', arguments: { bytes: 9000 } })),
      await refusalOf(client.callTool({ name: 'slow', arguments: { ms: 1 } })),
    ];
    assert.match(echo, /No recorded answer: .* shredded: the keys of its subject were deleted/);
    assert.match(big, /too long to be kept/);
    assert.match(slow, /ended as answered, and its reply was not kept/);
    assert.equal((await mock.stop()).code, 0);
    await using his = await startMock(guarded, { caller: 'bob' });
    assert.equal(his.calls, 2);
    assert.equal((await his.stop()).code, 1);
  });

  test('tells arguments that were not kept by their digest', async () => {
    await using kept = await startKeeping();
    await record(kept.guarded, [['slow', { ms: 1 }]]);
    await using mock = await startMock(kept.guarded);
    await using client = await connect(mock.url);
    await refusalOf(client.callTool({ name: 'slow', arguments: { ms: 2 } }));
    const { divergence } = await mock.stop();
    assert.deepEqual(divergence?.differences, [
      { pointer: '', recorded: '"(only a digest is recorded)"', called: '{"ms":2}' },
    ]);
  });

  test('never shows what is not kept', async () => {
    await using kept = await startKeeping();
    await record(kept.guarded, CALLS.slice(1, 2));
    await using mock = await startMock(kept.guarded);
    await using client = await connect(mock.url);
    await refusalOf(client.callTool({ name: 'add', arguments: { a: 1, b: 31_337 } }));
    const { divergence } = await mock.stop();
    assert.deepEqual(divergence?.differences, [{ pointer: '/a', recorded: '2', called: '1' }]);
  });

  test('leaves the record as it was', async () => {
    await using kept = await startKeeping();
    await record(kept.guarded, CALLS);
    const before = await toldRecords(kept.guarded.folder);
    await using mock = await startMock(kept.guarded, { exitWhenDone: true });
    await using client = await connect(mock.url);
    await callAll(client, CALLS);
    assert.equal((await mock.ended()).code, 0);
    assert.deepEqual(await toldRecords(kept.guarded.folder), before);
  });

  test('is not for pages in a browser, nor for names that are led here', async () => {
    await using kept = await startKeeping();
    await record(kept.guarded, CALLS.slice(0, 1));
    await using mock = await startMock(kept.guarded);
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list' });
    const headers = { 'content-type': 'application/json', 'accept': 'application/json, text/event-stream' };
    const statusOf = async (more: Readonly<Record<string, string>>): Promise<number> =>
      (await fetch(mock.url, { method: 'POST', body, headers: { ...headers, ...more } })).status;
    assert.equal(await statusOf({ origin: 'https://evil.example' }), 403);
    assert.equal(await statusOf({}), 200);
    const led = request(mock.url, { method: 'POST', headers: { ...headers, host: 'evil.example' } }).end(body);
    const [response] = await once(led, 'response');
    assert.equal(response.resume().statusCode, 403);
    await mock.stop();
  });

  test('refuses addresses of others, servers that are not there, and times without calls', async () => {
    await using kept = await startKeeping();
    await record(kept.guarded, CALLS.slice(0, 1));
    await assert.rejects(startMock(kept.guarded, { listen: '0.0.0.0:0' }), /can be reached by others/);
    await assert.rejects(startMock(kept.guarded, { listen: 'here' }), /must be ADDRESS:PORT/);
    await assert.rejects(startMock(kept.guarded, { server: 'nowhere' }), /is no server of/);
    await assert.rejects(startMock(kept.guarded, { until: '2020-01-01T00:00:00Z' }), /no call of a tool is recorded/);
    await using wide = await startMock(kept.guarded, { listen: '0.0.0.0:0', anyAddress: true });
    await wide.stop();
  });

  test('says of replies that the door did not judge that they were unseen', { skip: whyNot('authorize') }, async () => {
    await using kept = await startKeeping('authorize');
    await record(kept.guarded, CALLS.slice(0, 1));
    await using mock = await startMock(kept.guarded);
    await using client = await connect(mock.url);
    assert.match(await refusalOf(callAll(client, CALLS.slice(0, 1))), /unseen: the door did not judge it/);
    assert.equal((await mock.stop()).code, 0);
  });
});
