import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { freePort } from '../e2e/free-port.ts';
import type { RawAnswer } from '../attacks/raw-connection.ts';
import { bodyOf, callEcho, statusOf } from './echo-call.ts';
import { whyNoEnvoy } from './envoy-part.ts';
import { isRefused, refusals } from './outcomes.ts';
import { WIRINGS } from '../e2e/carriers.ts';
import { startTransparent, type Transparent } from './start-transparent.ts';

const FILES = '127.0.0.5';
const MAIL = '127.0.0.6';
const NOBODY = '127.0.0.7';

/*
 * Envoy listens on every address of this host, so agents dial whatever they like of 127.0.0.0/8 and it is Envoy who answers,
 * as where connections are routed to it (TPROXY). Of redirected ones there is a suite of its own.
 */
for (const wiring of WIRINGS) {
  suite(`what an agent dials names the server (${wiring})`, { skip: whyNoEnvoy() }, () => {
    let port: number;
    let transparent: Transparent;
    before(async () => {
      port = await freePort();
      transparent = await start();
    });
    after(() => transparent[Symbol.asyncDispose]());

    const start = (edit?: (text: string) => string): Promise<Transparent> =>
      startTransparent({
        wiring,
        bind: `0.0.0.0:${port}`,
        files: [`${FILES}:${port}`, `[::ffff:127.0.0.8]:${port}`],
        mail: [`${MAIL}:${port}`],
        ...(edit === undefined ? {} : { edit }),
      });
    const dial = async (address: string, host: string, on: Transparent = transparent): Promise<RawAnswer> => {
      await on.forget();
      return await callEcho(`http://${address}:${port}/mcp`, { host });
    };
    const assertRefused = (answer: RawAnswer, reason: RegExp, on: Transparent = transparent): void => {
      assert.match(bodyOf(answer), reason);
      assert.deepEqual([on.files.seen, on.mail.seen], [[], []]);
    };

    test('of two with the same route', async () => {
      for (const address of [FILES, '127.0.0.8']) {
        const called = await dial(address, 'files.internal');
        assert.deepEqual([statusOf(called), transparent.files.seen.length, transparent.mail.seen.length], [200, 1, 0]);
        assert.doesNotMatch(bodyOf(called), /"isError":true/);
      }
      assertRefused(await dial(MAIL, 'mail.internal'), /policy\.no-allow/);
    });

    test('and Host does not: that of another server is refused', async () => {
      assertRefused(await dial(MAIL, 'files.internal'), /http\.host/);
      assertRefused(await dial(FILES, 'mail.internal'), /http\.host/);
      assertRefused(await dial(FILES, 'evil.example'), /http\.host/);
    });

    test('and what is no server’s is refused, on record', async () => {
      const answers = [await dial(NOBODY, 'files.internal'), await dial('127.0.0.1', 'files.internal')];
      for (const answer of answers) {
        assert.equal(statusOf(answer), 404);
        assertRefused(answer, /http\.route/);
      }
      for (const address of [NOBODY, '127.0.0.1']) {
        const told = new RegExp(`^${address}:${port} was dialled, which is no server`);
        assert.ok(await isRefused(transparent.folder, told), address);
      }
    });

    test('and a route that leads elsewhere than was dialled is refused', async () => {
      await transparent[Symbol.asyncDispose]();
      // Whatever is dialled comes to the chain of `files`.
      const edit = (text: string): string =>
        text
          .replace(
            /^( *)prefix_ranges:\n(?: *- .*\n)+/m,
            '$1prefix_ranges: [ { address_prefix: 127.0.0.0, prefix_len: 8 } ]\n',
          )
          .replace(/^( *)prefix_ranges: .*address_prefix: 127\.0\.0\.6.*$/m, '');
      transparent = await start(edit);
      assertRefused(await dial(MAIL, 'mail.internal'), /http\.route/);
      assertRefused(await dial(NOBODY, 'files.internal'), /http\.route/);
      const [contradiction, stranger] = await refusals(transparent.folder, 2);
      assert.match(contradiction ?? '', /was dialled, which is mail, and the route names files/);
      assert.match(stranger ?? '', /was dialled, which is no server/);
    });
  });
}
