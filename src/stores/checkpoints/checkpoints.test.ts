import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, suite, test } from 'node:test';
import { makeAuthority } from '../../transports/proxy/certificates.fixture.ts';
import { fileCheckpoints } from './file-checkpoints.ts';
import { httpsCheckpoints } from './https-checkpoints.ts';

suite('fileCheckpoints()', () => {
  let root = '';
  before(() => {
    root = mkdtempSync(join(tmpdir(), 'sallyport-checkpoints-'));
  });
  after(() => {
    rmSync(root, { recursive: true });
  });

  test('keeps the last one in a file', async () => {
    const sink = fileCheckpoints(join(root, 'checkpoint'), 'sallyport/a/1');
    assert.equal(await sink.last(), undefined);
    await sink.put('one');
    await sink.put('two');
    assert.equal(await sink.last(), 'two');
    assert.deepEqual(readdirSync(root), ['checkpoint']);
    rmSync(join(root, 'checkpoint'));
  });

  test('keeps those of several logs apart in a directory', async () => {
    const [a, b] = ['sallyport/a/1', 'sallyport/b/2'].map((origin) => fileCheckpoints(`${root}/`, origin));
    await a?.put('of a');
    await b?.put('of b');
    assert.deepEqual(readdirSync(root).toSorted(), ['sallyport_a_1.checkpoint', 'sallyport_b_2.checkpoint']);
    assert.equal(await a?.last(), 'of a');
  });

  test('writes through no link that somebody else put there, and waits for no pipe', async () => {
    const victim = join(root, 'victim');
    writeFileSync(victim, 'untouched');
    const file = join(root, 'shared');
    const sink = fileCheckpoints(file, 'sallyport/a/1');
    for (const name of [file, `${file}.next`]) symlinkSync(victim, name);
    await sink.put('one');
    assert.equal(readFileSync(victim, 'utf8'), 'untouched');
    assert.equal(await sink.last(), 'one');
    rmSync(file);
    execFileSync('mkfifo', [file]);
    await assert.rejects(sink.last(), /no regular file/);
  });

  test('says that the place is not there', async () => {
    await assert.rejects(fileCheckpoints(join(root, 'none/at/all'), 'a').put('x'), { code: 'ENOENT' });
  });
});

suite('httpsCheckpoints()', () => {
  const authority = makeAuthority('CA');
  const kept = new Map<string, string>();
  let server: Server;
  let origin = '';
  before(async () => {
    server = createServer(authority.issue('localhost', ['dns:localhost']), async (request, response) => {
      const { url = '', method } = request;
      const note = kept.get(url);
      if (url === '/broken') response.writeHead(500).end('no');
      else if (url === '/flood') response.end('x'.repeat(100_000));
      else if (url === '/silent') return;
      else if (method === 'PUT') response.writeHead(201, {}).end(String(kept.set(url, await text(request)).size));
      else if (note === undefined) response.writeHead(404).end();
      else response.end(note);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    origin = `https://localhost:${typeof address === 'object' ? address?.port : ''}`;
  });
  after(() => {
    server.close();
    server.closeAllConnections();
  });

  test('keeps the last one under the URL', async () => {
    const sink = httpsCheckpoints({ url: `${origin}/log`, ca: authority.ca });
    assert.equal(await sink.last(), undefined);
    await sink.put('one');
    await sink.put('two');
    assert.equal(await sink.last(), 'two');
    assert.equal(kept.get('/log'), 'two');
  });

  for (const path of ['broken', 'flood', 'silent']) {
    test(`does not take what is ${path} for a place`, async () => {
      const sink = httpsCheckpoints({ url: `${origin}/${path}`, ca: authority.ca, timeoutMs: 300 });
      await assert.rejects(sink.last());
    });
  }

  test('tells nobody anything whose certificate is not of the authority', async () => {
    const sink = httpsCheckpoints({ url: `${origin}/secret`, ca: makeAuthority('other').ca });
    await assert.rejects(sink.put('x'));
    await assert.rejects(httpsCheckpoints({ url: `${origin}/broken`, ca: authority.ca }).put('x'), /answered 500/);
    assert.equal(kept.has('/secret'), false);
  });
});
