import assert from 'node:assert/strict';
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { jwkOf, lenientParseJson, newSigner } from '../../capability/token.fixture.ts';
import type { Clock } from '../../kit/clock.ts';
import { Dependencies } from '../dependencies/dependencies.ts';
import { DEFAULT_PLACE, openKeySource, type OpenKeySourceOptions } from './open-key-source.ts';

const one = JSON.stringify({ keys: [jwkOf(newSigner('Ed25519', 'one'))] });
const two = JSON.stringify({ keys: [jwkOf(newSigner('Ed25519', 'two'))] });

function answering(status: number, headers: Record<string, string>, body: string | Buffer): RequestListener {
  return (_request, response) => void response.writeHead(status, headers).end(body);
}

const silent: RequestListener = () => undefined;

/** Options with a clock that the test moves. */
function options(): OpenKeySourceOptions & { readonly time: { nowMs: number }; readonly failures: string[] } {
  const time = { nowMs: 0 };
  const failures: string[] = [];
  const clock: Clock = { nowMs: () => 0, monotonicMs: () => time.nowMs };
  const observer = { failed: (cause: unknown) => void failures.push(String(cause)) };
  return { parseJson: lenientParseJson, algorithms: ['Ed25519'], clock, observer, time, failures };
}

suite('openKeySource() with a file', () => {
  let directory = '';
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'sallyport-jwks-'));
  });
  after(() => rm(directory, { recursive: true }));

  async function place(content: string): Promise<{ readonly file: string } & typeof DEFAULT_PLACE> {
    const file = join(directory, `${Math.random()}.json`);
    await writeFile(file, content);
    return { ...DEFAULT_PLACE, file };
  }

  test('does not open what cannot be used', async () => {
    await assert.rejects(
      openKeySource({ ...DEFAULT_PLACE, file: join(directory, 'absent.json') }, options()),
      /ENOENT/,
    );
    await assert.rejects(openKeySource(await place('{}'), options()), /not a JWK Set/);
    await assert.rejects(openKeySource(await place(' '.repeat(300_000)), options()), /larger than/);
    await assert.rejects(openKeySource(await place('{"keys":[{"kty":"oct"}]}'), options()), /no usable key; key 0/);
    await assert.rejects(openKeySource(DEFAULT_PLACE, options()), /exactly one of file and url/);
  });

  test('follows the file, at most one look a second', async () => {
    const where = await place(one);
    const opened = options();
    const source = await openKeySource(where, opened);
    const replacement = await place(two);
    await rename(replacement.file, where.file);
    assert.deepEqual([...((await source.current())?.keys.keys() ?? [])], ['one']);
    opened.time.nowMs = 1000;
    const set = await source.current();
    assert.deepEqual([set?.epoch, ...(set?.keys.keys() ?? [])], [2, 'two']);
  });

  test('opens a set that says to have no keys: all of them were withdrawn', async () => {
    const source = await openKeySource(await place('{"keys":[]}'), options());
    assert.equal((await source.current())?.keys.size, 0);
  });

  test('keeps the last good keys while the file is broken, and takes the next good ones', async () => {
    const where = await place(one);
    const opened = options();
    const source = await openKeySource(where, opened);
    await writeFile(where.file, '{"keys":');
    for (const nowMs of [1000, 2000]) {
      opened.time.nowMs = nowMs;
      assert.equal((await source.current())?.epoch, 1);
    }
    assert.equal(opened.failures.length, 2);
    opened.time.nowMs = DEFAULT_PLACE.lastGoodMs;
    assert.equal(await source.current(), undefined);
    await writeFile(where.file, two);
    opened.time.nowMs += 1000;
    assert.equal((await source.current())?.epoch, 2);
  });
});

suite('openKeySource() with a URL', () => {
  let server: Server;
  let answer: RequestListener = answering(500, {}, '');
  let url = '';
  const asked: string[] = [];
  before(async () => {
    server = createServer((request, response) => {
      asked.push(request.url ?? '');
      answer(request, response);
    }).listen(0, '127.0.0.1');
    await new Promise((resolve) => {
      server.once('listening', resolve);
    });
    const address = server.address();
    assert.ok(typeof address === 'object' && address !== null);
    url = `http://127.0.0.1:${address.port}/jwks.json`;
  });
  after(() => {
    server.closeAllConnections();
    server.close();
  });

  test('asks when the first token comes, and no earlier', async () => {
    answer = answering(200, {}, one);
    asked.length = 0;
    const source = await openKeySource({ ...DEFAULT_PLACE, url }, options());
    assert.equal(asked.length, 0);
    assert.deepEqual([...((await source.current())?.keys.keys() ?? [])], ['one']);
    assert.deepEqual(asked, ['/jwks.json']);
  });

  test('leaves a server alone that fails again and again, and asks it again when it was left alone for long', async () => {
    answer = answering(500, {}, '');
    asked.length = 0;
    const opened = options();
    using dependencies = new Dependencies({
      minimumFailures: 3,
      windowMs: 60_000,
      waitMs: 1000,
      onChange: () => undefined,
    });
    const source = await openKeySource({ ...DEFAULT_PLACE, url }, { ...opened, dependencies });
    const askLater = async (): Promise<readonly string[]> => {
      opened.time.nowMs += 5000;
      return [...((await source.current())?.keys.keys() ?? [])];
    };
    for (let times = 0; times < 6; times += 1) assert.deepEqual(await askLater(), []);
    assert.equal(asked.length, 3);
    assert.match(opened.failures.at(-1) ?? '', /open/i);
    answer = answering(200, {}, one);
    while ((await askLater())[0] !== 'one') await new Promise(setImmediate);
    assert.equal(asked.length, 4);
  });

  for (const [what, listener, message] of [
    ['a redirect, which is not followed', answering(302, { location: '/other' }, ''), /status 302/],
    ['an error', answering(500, {}, one), /status 500/],
    ['a partial answer', answering(206, {}, one), /status 206/],
    ['an encoded answer', answering(200, { 'content-encoding': 'gzip' }, one), /content encoding/],
    ['too much', answering(200, {}, Buffer.alloc(300_000, ' ')), /more than 262144 bytes/],
    ['something else', answering(200, {}, '<html>'), /not one unambiguous JSON object/],
    ['nothing in time', silent, /TimeoutError/],
  ] as const) {
    test(`has no keys when the answer is ${what}`, async () => {
      answer = listener;
      asked.length = 0;
      const opened = options();
      const source = await openKeySource(
        { ...DEFAULT_PLACE, url, timeoutMs: listener === silent ? 200 : 10_000 },
        opened,
      );
      assert.equal(await source.current(), undefined);
      assert.match(opened.failures.join(), message);
      assert.deepEqual(asked, ['/jwks.json']);
    });
  }

  test('keeps the last good keys while the issuer is down, and takes its new ones', async () => {
    answer = answering(200, {}, one);
    const opened = options();
    const source = await openKeySource({ ...DEFAULT_PLACE, url }, opened);
    await source.current();
    answer = answering(503, {}, '');
    opened.time.nowMs = DEFAULT_PLACE.maxAgeMs * 2;
    assert.equal((await source.current())?.epoch, 1);
    answer = answering(200, {}, two);
    opened.time.nowMs += 5000;
    assert.equal((await source.current())?.epoch, 2);
  });

  for (const [what, body, kids] of [
    ['without the key', two, ['two']],
    ['without any key', '{"keys":[]}', []],
    ['without a key that can be used', '{"keys":[{"kty":"oct","kid":"one"}]}', []],
  ] as const) {
    test(`withdraws a key by an answer ${what}`, async () => {
      answer = answering(200, {}, one);
      const opened = options();
      const source = await openKeySource({ ...DEFAULT_PLACE, url }, opened);
      const earlier = (await source.current())?.keys.get('one');
      answer = answering(200, {}, body);
      opened.time.nowMs = DEFAULT_PLACE.maxAgeMs * 2;
      assert.deepEqual([...((await source.current())?.keys.keys() ?? [])], kids);
      assert.equal(earlier?.withdrawn.aborted, true);
    });
  }
});
