import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { suite, test } from 'node:test';
import { startSallyport as start } from '../../src/main.ts';
import { startSallyport, writeProject } from '../e2e/start-sallyport.ts';
import { startV2 } from '../servers/v2/start-v2.ts';

const isRoot = process.getuid?.() === 0;
const NOBODY = 65534;

/** The doors that are sockets and are asked over HTTP, beside a proxy that serves the calls. */
const DOORS = {
  forward_auth: '{ agents: { bind: "127.0.0.1:0" }, asked: { door: forward_auth, socket: door/asked.sock } }',
  authzen: '{ agents: { bind: "127.0.0.1:0" }, asked: { door: authzen, socket: door/asked.sock } }',
};

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

for (const [door, listeners] of Object.entries(DOORS)) {
  suite(`the socket of door ${door}`, () => {
    test('is in a directory that only its user can enter', async () => {
      await using upstream = await startV2();
      await using sallyport = await startSallyport({ servers: { files: upstream.url }, listeners });
      const socket = join(sallyport.folder, 'door/asked.sock');
      const [directory, found] = await Promise.all([stat(dirname(socket)), stat(socket)]);
      assert.deepEqual([directory.mode & 0o777, directory.uid, found.isSocket()], [0o700, process.getuid?.(), true]);
      assert.equal(found.mode & 0o077, 0);
    });

    test('refuses another user', { skip: isRoot ? false : 'only root can try as another user' }, async () => {
      await using upstream = await startV2();
      await using sallyport = await startSallyport({ servers: { files: upstream.url }, listeners });
      // The way to the directory is open; the directory itself is what stops.
      await chmod(sallyport.folder, 0o755);
      const socket = join(sallyport.folder, 'door/asked.sock');
      assert.equal(await connectAs(NOBODY, socket), 'EACCES');
      assert.equal(await connectAs(0, socket), 'connected');
    });

    test('does not open in a directory that others can enter', async () => {
      await using upstream = await startV2();
      const folder = await writeProject({ servers: { files: upstream.url }, listeners });
      await mkdir(join(folder, 'door'));
      await chmod(join(folder, 'door'), 0o711);
      await assert.rejects(start({ configPath: join(folder, 'sallyport.yaml') }), /0700/);
      await rm(folder, { recursive: true, force: true });
    });
  });
}
