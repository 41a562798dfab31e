import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { callText, rawRequest } from '../attacks/raw-request.ts';
import { whyNoEnvoy } from './envoy-part.ts';
import { type NetworkNamespace, openNamespace, whyNoNamespace } from './network-namespace.ts';
import { WIRINGS } from '../e2e/carriers.ts';
import { startTransparent, type Transparent } from './start-transparent.ts';

const FILES = '10.99.0.1';
const FILES_V6 = 'fd00:99::1';
const MAIL = '10.99.0.2';
const NOBODY = '10.99.0.3';
const PORT = 20_003;
const ENVOY_PORT = 15_001;
const ENVOY_GROUP = '1337';
const AGENT = 65_534;

/** All that agents dial goes to Envoy; what Envoy dials, which runs with a group of its own, does not. */
const RULES = `table inet agents {
  chain out {
    type nat hook output priority -100; policy accept;
    meta skgid ${ENVOY_GROUP} return
    tcp dport ${PORT} redirect to :${ENVOY_PORT}
  }
}
`;

/** Listens at an address of the namespace and carries each connection to a socket, where networks do not matter. */
const CARRY = `const { connect, createServer } = require('node:net');
  const [socket, ...addresses] = process.argv.slice(1);
  const listening = addresses.map((host) => new Promise((resolve) => createServer((one) => {
    const other = connect(socket);
    one.on('error', () => other.destroy()).pipe(other.on('error', () => one.destroy())).pipe(one);
  }).listen(${PORT}, host, resolve)));
  Promise.all(listening).then(() => console.log('listening'));`;

/** An agent, of another user than Envoy: says what it is told to say, and prints what it hears. */
const DIAL = `const [host, port, bytes] = process.argv.slice(1);
  process.setgroups([]); process.setgid(${AGENT}); process.setuid(${AGENT});
  require('node:net').connect(Number(port), host, function () { this.write(Buffer.from(bytes, 'base64')); })
    .on('error', ({ code }) => console.log(code)).pipe(process.stdout);`;

/** The other end of that socket. */
async function carryTo(url: string, socket: string): Promise<Server> {
  const server = createServer((one) => {
    const other = connect(Number(new URL(url).port), '127.0.0.1');
    one
      .on('error', () => other.destroy())
      .pipe(other.on('error', () => one.destroy()))
      .pipe(one);
  });
  await once(server.listen(socket), 'listening');
  return server;
}

/** As one might write it: one way for all that is dialled, which Envoy then dials itself, and routes that name nobody. */
function dialling(text: string): string {
  const changes: readonly (readonly [RegExp, string])[] = [
    [/( *)- name: files-20003\n *filter_chain_match:\n(?:\1 {4}.*\n)+/, '$1- name: all\n'],
    // Envoy looks for the port first, and then for no other chain.
    [/(name: mail-20003\n *filter_chain_match:[^0-9]*)20003/, '$11'],
    [
      /( *)- name: files\n *type: STATIC\n/,
      '$1- name: files\n$1  type: ORIGINAL_DST\n$1  lb_policy: CLUSTER_PROVIDED\n',
    ],
    [/( *)load_assignment:\n\1 {2}cluster_name: files\n(?:\1 {2}.*\n)+/, ''],
  ];
  const edited = changes.reduce((found, [from, to]) => {
    const changed = found.replace(from, to);
    assert.notEqual(changed, found, String(from));
    return changed;
  }, text);
  return edited
    .replace(/- name: files(\n *# Exact)/, '- name: tools$1')
    .replace('context_extensions: { server: files }', 'context_extensions: { listener: agents }');
}

const FORMS = [
  ['as the rendered file does it', (text: string) => text],
  ['with an ORIGINAL_DST cluster', dialling],
] as const;

for (const [wiring, [how, edit]] of WIRINGS.flatMap((one) => FORMS.map((form) => [one, form] as const))) {
  suite(`connections that are redirected to Envoy (${wiring}), ${how}`, {
    skip: whyNoEnvoy() || whyNoNamespace(),
  }, () => {
    const opened = new AsyncDisposableStack();
    let network: NetworkNamespace;
    let transparent: Transparent;
    before(async () => {
      network = opened.use(await openNamespace());
      await network.run('ip', 'route', 'add', 'local', '10.99.0.0/24', 'dev', 'lo');
      await network.run('ip', '-6', 'address', 'add', `${FILES_V6}/128`, 'dev', 'lo', 'nodad');
      transparent = opened.use(await start());
      const folder = await mkdtemp(join(tmpdir(), 'carried-'));
      opened.defer(() => rm(folder, { recursive: true, force: true }));
      await carry(transparent.files.url, join(folder, 'files.sock'), FILES, FILES_V6);
      await carry(transparent.mail.url, join(folder, 'mail.sock'), MAIL);
      await network.redirect(RULES);
    });
    after(() => opened.disposeAsync());

    const start = (): Promise<Transparent> =>
      startTransparent({
        wiring,
        edit,
        bind: `[::]:${ENVOY_PORT}`,
        files: [`${FILES}:${PORT}`, `[${FILES_V6}]:${PORT}`],
        mail: [`${MAIL}:${PORT}`],
        upstreams: { files: `${FILES}:${PORT}`, mail: `${MAIL}:${PORT}` },
        through: [...network.through, 'setpriv', '--regid', ENVOY_GROUP, '--clear-groups', '--'],
      });
    const carry = async (url: string, socket: string, ...addresses: readonly string[]): Promise<void> => {
      const server = await carryTo(url, socket);
      opened.defer(() => void server.close());
      const [command = '', ...args] = [...network.through, process.execPath, '-e', CARRY, socket, ...addresses];
      const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
      opened.defer(() => void child.kill('SIGKILL'));
      await once(child.stdout, 'data');
    };

    /** What an agent hears who dials that address. */
    const dial = async (address: string, host: string, port = PORT): Promise<string> => {
      await transparent.forget();
      const peer = { era: 'modern', url: `http://${host}/mcp`, headers: [] } as const;
      const body = callText(peer, '"name":"echo","arguments":{"text":"hi"}');
      const bytes = Buffer.from(rawRequest(peer, { tool: 'echo', body, set: { connection: 'close' } }));
      return await network.run(process.execPath, '-e', DIAL, address, String(port), bytes.toString('base64'));
    };
    const seen = (): readonly number[] => [transparent.files.seen.length, transparent.mail.seen.length];

    test('reach the server that was dialled, by either version of IP', async () => {
      for (const address of [FILES, FILES_V6]) {
        const heard = await dial(address, 'files.internal');
        assert.match(heard, /^HTTP\/1\.1 200 /, address);
        assert.doesNotMatch(heard, /"isError":true/);
        assert.deepEqual(seen(), [1, 0]);
      }
    });

    test('are judged by the rules of that server, whatever Host says', async () => {
      assert.match(await dial(MAIL, 'mail.internal'), /policy\.no-allow/);
      assert.match(await dial(MAIL, 'files.internal'), /http\.host/);
      assert.match(await dial(FILES, 'mail.internal'), /http\.host/);
      assert.match(await dial(FILES, 'evil.example'), /http\.host/);
      assert.deepEqual(seen(), [0, 0]);
    });

    test('to what is no server are refused', async () => {
      const heard = await dial(NOBODY, 'files.internal');
      assert.match(heard, /^HTTP\/1\.1 404 /);
      assert.match(heard, /http\.route/);
      assert.deepEqual(seen(), [0, 0]);
    });

    test('to Envoy’s own port, which nobody redirected, are refused and do not come back to it', async () => {
      const connections = async (): Promise<number> =>
        (await transparent.envoy.stats('^http.agents.downstream_cx_total$')).get('http.agents.downstream_cx_total') ??
        0;
      const earlier = await connections();
      assert.match(await dial('127.0.0.1', 'files.internal', ENVOY_PORT), /http\.route/);
      assert.match(await dial('::1', 'files.internal', ENVOY_PORT), /http\.route/);
      assert.equal(await connections(), earlier + 2);
      assert.deepEqual(seen(), [0, 0]);
    });
  });
}
