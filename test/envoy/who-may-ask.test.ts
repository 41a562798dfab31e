import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { suite, test } from 'node:test';
import { startSallyport as start } from '../../src/main.ts';
import { startSallyport, writeProject } from '../e2e/start-sallyport.ts';
import { startV2 } from '../servers/v2/start-v2.ts';
import { doorSocket, listenerOf } from '../e2e/carriers.ts';

const isRoot = process.getuid?.() === 0;
const NOBODY = 65534;

/** Connects to `socket` as user `uid`, and says what came of it. */
async function connectAs(uid: number, socket: string): Promise<string> {
  // It changes its user itself: that user need not be able to read where Node is.
  const script = `process.setgroups([]); process.setgid(${uid}); process.setuid(${uid});
    require('node:net').connect(process.argv[1])
      .on('connect', () => { console.log('connected'); process.exit(); })
      .on('error', ({ code }) => { console.log(code); process.exit(); });`;
  const child = spawn(process.execPath, ['-e', script, socket], { stdio: ['ignore', 'pipe', 'inherit'] });
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  await once(child, 'close');
  return Buffer.concat(chunks).toString().trim();
}

suite('the door that Envoy asks', () => {
  test('is a socket in a directory that only its user can enter', async () => {
    await using upstream = await startV2();
    await using sallyport = await startSallyport({
      servers: { files: upstream.url },
      listeners: listenerOf({ carrier: 'authorize' }),
    });
    const socket = doorSocket(sallyport.folder);
    const [directory, found] = await Promise.all([stat(dirname(socket)), stat(socket)]);
    assert.deepEqual([directory.mode & 0o777, directory.uid, found.isSocket()], [0o700, process.getuid?.(), true]);
    assert.equal(found.mode & 0o077, 0);
  });

  test('refuses another user', { skip: isRoot ? false : 'only root can try as another user' }, async () => {
    await using upstream = await startV2();
    await using sallyport = await startSallyport({
      servers: { files: upstream.url },
      listeners: listenerOf({ carrier: 'authorize' }),
    });
    // The way to the directory is open; the directory itself is what stops.
    await chmod(sallyport.folder, 0o755);
    const socket = doorSocket(sallyport.folder);
    assert.equal(await connectAs(NOBODY, socket), 'EACCES');
    assert.equal(await connectAs(0, socket), 'connected');
  });

  for (const [what, mode] of [
    ['enter', 0o711],
    ['read', 0o744],
    ['change', 0o770],
  ] as const) {
    test(`does not open in a directory that others can ${what}`, async () => {
      await using upstream = await startV2();
      const folder = await writeProject({
        servers: { files: upstream.url },
        listeners: listenerOf({ carrier: 'authorize' }),
      });
      await mkdir(join(folder, 'door'));
      await chmod(join(folder, 'door'), mode);
      await assert.rejects(start({ configPath: join(folder, 'sallyport.yaml') }), /0700/);
      await rm(folder, { recursive: true, force: true });
    });
  }

  for (const door of ['ext_authz', 'ext_proc']) {
    for (const [fields, said] of [
      [
        'bind: "127.0.0.1:0"',
        /agents\.bind: whoever reaches 127\.0\.0\.1:0 could forge .* Add tls with certificate, key,/,
      ],
      ['bind: "127.0.0.1:0", plaintext: true', /agents\.plaintext: unknown field/],
      ['bind: "127.0.0.1:0", tls: {}', /agents\.tls\.client_spiffe_ids: is missing/],
      ['socket: door/envoy.sock, bind: "127.0.0.1:0"', /agents\.bind: there is a socket as well/],
      ['socket: door/envoy.sock, port: 9000', /agents\.port: unknown field/],
    ] as const) {
      test(`is never a TCP port without TLS: ${door} with ${fields} does not start`, async () => {
        await using upstream = await startV2();
        const listeners = `{ agents: { door: ${door}, ${fields} } }`;
        const folder = await writeProject({ servers: { files: upstream.url }, listeners });
        await assert.rejects(start({ configPath: join(folder, 'sallyport.yaml') }), said);
        await rm(folder, { recursive: true, force: true });
      });
    }
  }

  test('is not taken from a process that serves there', async () => {
    await using upstream = await startV2();
    await using sallyport = await startSallyport({
      servers: { files: upstream.url },
      listeners: listenerOf({ carrier: 'authorize' }),
    });
    const folder = await writeProject({
      servers: { files: upstream.url },
      listeners: listenerOf({ carrier: 'authorize' }),
    });
    const listeners = `listeners: { agents: { door: ext_authz, socket: ${doorSocket(sallyport.folder)} } }`;
    const text = await readFile(join(folder, 'sallyport.yaml'), 'utf8');
    await writeFile(join(folder, 'sallyport.yaml'), text.replace(/^listeners:.*$/m, listeners));
    await assert.rejects(start({ configPath: join(folder, 'sallyport.yaml') }), /another process serves there/);
    await rm(folder, { recursive: true, force: true });
  });
});
