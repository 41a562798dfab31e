import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { MAX_BUNDLE_BYTES } from '../../src/bundle/manifest.ts';
import { runPull, type PullOptions } from '../../src/cli/bundle/run-pull.ts';
import { listeningIo } from '../../src/cli/command-io.fixture.ts';
import { makeAuthority } from '../../src/transports/proxy/certificates.fixture.ts';
import { bundleOf, openWorkshop, type Workshop } from './workshop.ts';

const ALLOW = '{ id: echo, match: { tool: echo }, effect: allow }';
const never = new AbortController().signal;
type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** A real HTTPS server with a certificate of its own authority, and a place to pull to. */
async function station() {
  await using undo = new AsyncDisposableStack();
  const workshop: Workshop = undo.use(await openWorkshop());
  const authority = makeAuthority('authority', 'P-256');
  const asked: (string | undefined)[] = [];
  const state: { answer: Answer } = { answer: (_, response) => void response.writeHead(404).end() };
  const server = createServer(authority.issue('host', ['ip:127.0.0.1']), (request, response) => {
    asked.push(request.headers['if-none-match']);
    state.answer(request, response);
  });
  undo.defer(() => {
    server.closeAllConnections();
    server.close();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  await writeFile(join(workshop.folder, 'ca.pem'), authority.ca);
  const { folder } = workshop;
  const to = join(folder, 'rules.bundle');
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}/rules.bundle`;
  const options = { to, keys: join(folder, 'jwks.json'), ca: join(folder, 'ca.pem') };
  const pull = async (more: Partial<PullOptions> = {}, stop = never, from = url) => {
    const io = listeningIo();
    const code = await runPull(from, { ...options, ...more }, io, stop);
    return { code, said: `${io.said()}${io.complained()}` };
  };
  const put = (bundle: string, etag = '"1"'): void => {
    state.answer = (request, response) => {
      const isKnown = request.headers['if-none-match'] === etag;
      response.writeHead(isKnown ? 304 : 200, { etag }).end(isKnown ? undefined : bundle);
    };
  };
  const opened = undo.move();
  return {
    ...workshop,
    to,
    url,
    asked,
    state,
    pull,
    put,
    placed: () => readFile(to, 'utf8').catch(() => undefined),
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

suite('sallyport policy bundle pull', { timeout: 60_000 }, () => {
  test('puts in place what verifies, and leaves nothing else', async () => {
    await using at = await station();
    const bundle = await bundleOf(at.keys[0], 1, ALLOW);
    at.put(bundle);
    const before = await readdir(at.folder);
    assert.deepEqual((await at.pull()).code, 0);
    assert.equal(await at.placed(), bundle);
    assert.deepEqual((await readdir(at.folder)).toSorted(), [...before, 'rules.bundle'].toSorted());
    assert.match((await at.pull()).said, /unchanged: test revision 1/);
  });

  test('keeps the last good one when what comes is unsigned, forged, cut off, older, or another of the same revision', async () => {
    await using at = await station();
    const good = await bundleOf(at.keys[0], 5, ALLOW);
    at.put(good);
    await at.pull();
    const stranger = await openWorkshop();
    await using _ = stranger;
    const unsigned = JSON.parse(await bundleOf(at.keys[0], 6, ALLOW));
    unsigned.manifest = unsigned.manifest.replace(/[^.]*$/, '');
    for (const [bad, fault] of [
      [JSON.stringify(unsigned), 'unsigned'],
      [await bundleOf(stranger.keys[0], 6, ALLOW), 'signature'],
      [good.replace('echo', 'drop'), 'contents'],
      [good.slice(0, -20), 'malformed'],
      [await bundleOf(at.keys[0], 4, ALLOW), 'rollback'],
      [await bundleOf(at.keys[0], 5), 'rollback'],
    ] as const) {
      at.put(bad, '"2"');
      const { code, said } = await at.pull();
      assert.deepEqual([code, said.includes(`refused (${fault})`)], [1, true], said);
      assert.equal(await at.placed(), good);
    }
    at.put(await bundleOf(at.keys[0], 4, ALLOW), '"3"');
    assert.equal((await at.pull({ allowRollback: true })).code, 0);
    assert.notEqual(await at.placed(), good);
  });

  test('follows no redirect, and takes no error, no encoding and nothing too large', async () => {
    await using at = await station();
    const bundle = await bundleOf(at.keys[0], 1, ALLOW);
    const large: Answer = (_, response) => {
      response.on('error', () => undefined).writeHead(200);
      const chunk = Buffer.alloc(1024 * 1024, ' ');
      for (let sent = 0; sent <= MAX_BUNDLE_BYTES; sent += chunk.length) response.write(chunk);
      response.end();
    };
    for (const [answer, says] of [
      [(_, response) => void response.writeHead(302, { location: '/elsewhere' }).end(bundle), /answered 302/],
      [(_, response) => void response.writeHead(500).end(bundle), /answered 500/],
      [(_, response) => void response.writeHead(304).end(), /answered 304/],
      [(_, response) => void response.writeHead(200, { 'content-encoding': 'gzip' }).end(bundle), /encoding/],
      [large, /more than \d+ bytes/],
      [
        (_, response) =>
          void response.writeHead(200, { 'content-length': 9999 }).write(bundle, () => response.destroy()),
        /could not tell/,
      ],
    ] as readonly [Answer, RegExp][]) {
      at.state.answer = answer;
      const { code, said } = await at.pull();
      assert.equal(code, 2, said);
      assert.match(said, says);
      assert.equal(await at.placed(), undefined);
    }
  });

  test('asks only by HTTPS of a host that its authority vouches for', async () => {
    await using at = await station();
    at.put(await bundleOf(at.keys[0], 1, ALLOW));
    for (const url of [
      'http://example.test/a',
      'ftp://127.0.0.1/a',
      'file:///etc/passwd',
      'https://a:b@127.0.0.1/',
      'x',
    ]) {
      assert.equal((await at.pull({}, never, url)).code, 2, url);
    }
    await writeFile(join(at.folder, 'other.pem'), makeAuthority('another', 'P-256').ca);
    assert.equal((await at.pull({ ca: join(at.folder, 'other.pem') })).code, 2);
    assert.equal(await at.placed(), undefined);
  });

  test('goes on with --every, asks by the tag of what is in place, and takes the next one', async () => {
    await using at = await station();
    at.put(await bundleOf(at.keys[0], 1, ALLOW));
    const stop = new AbortController();
    const pulling = at.pull({ every: '1s' }, stop.signal);
    await until(() => at.asked.includes('"1"'));
    const next = await bundleOf(at.keys[1], 2, ALLOW);
    at.put(next, '"2"');
    await until(async () => (await at.placed()) === next);
    await until(() => at.asked.includes('"2"'));
    at.state.answer = (_, response) => void response.writeHead(500).end();
    const asked = at.asked.length;
    await until(() => at.asked.length > asked + 1);
    stop.abort();
    const { said } = await pulling;
    assert.match(
      said,
      /placed: test revision 1[^]*unchanged: test revision 1[^]*placed: test revision 2[^]*answered 500/,
    );
    assert.equal(await at.placed(), next);
  });

  test('places it again when the file in place was damaged, whatever tag it had', async () => {
    await using at = await station();
    const bundle = await bundleOf(at.keys[0], 1, ALLOW);
    at.put(bundle);
    const stop = new AbortController();
    const pulling = at.pull({ every: '1s' }, stop.signal);
    await until(async () => (await at.placed()) === bundle);
    await writeFile(at.to, bundle.slice(0, 100));
    await until(async () => (await at.placed()) === bundle);
    stop.abort();
    assert.equal((await pulling).code, 0);
  });
});

/** Waits until something is so. The suite's time is the limit. */
async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await pause(20);
}
