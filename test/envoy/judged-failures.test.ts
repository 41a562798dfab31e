import assert from 'node:assert/strict';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { connect } from 'node:http2';
import { buffer } from 'node:stream/consumers';
import { after, before, suite, test } from 'node:test';
import { writeProject } from '../e2e/start-sallyport.ts';
import type { Upstream } from '../servers/upstream.ts';
import { startV2 } from '../servers/v2/start-v2.ts';
import { whyNoEnvoy } from './envoy-part.ts';
import { ask, JSON_TYPE, LIST, list, PROGRESS, type Scripted, startScripted, towards } from './scripted-upstream.ts';
import { doorSocket, listenerOf, WIRINGS } from '../e2e/carriers.ts';
import { type RunningEnvoy, startEnvoy } from './start-envoy.ts';
import { type KillableProcess, startKillable } from './killable-process.ts';
import { type Guarded, OPEN_SERVER, startGuarded } from './start-guarded.ts';

for (const wiring of WIRINGS) {
  suite(`a reply that cannot be passed on through Envoy (${wiring})`, { skip: whyNoEnvoy() }, () => {
    let pinned: Upstream;
    let scripted: Scripted;
    let guarded: Guarded;
    before(async () => {
      pinned = await startV2();
      scripted = await startScripted();
      const serverLines = [...OPEN_SERVER, 'max_reply_bytes: 65536'];
      const edit = towards(pinned.url, scripted.url);
      guarded = await startGuarded({ upstream: pinned.url, wiring, serverLines, edit });
    });
    after(async () => {
      await guarded[Symbol.asyncDispose]();
      await scripted[Symbol.asyncDispose]();
      await pinned.close();
    });

    test('is told apart from one that can, of which only what is listed is returned', async () => {
      const { status, headers, body } = await ask(guarded.envoy.url, 'plain');
      assert.deepEqual([status, body], [200, LIST]);
      assert.deepEqual([headers.get('set-cookie'), headers.get('content-type')], [null, 'application/json']);
      assert.ok(headers.get('sallyport-decision-id'));
    });

    const bad: readonly (readonly [string, number, string])[] = [
      ['dies', 503, 'upstream.unreachable'],
      ['html', 500, 'upstream.status'],
      ['redirect', 503, 'upstream.redirect'],
      ['challenge', 503, 'upstream.credential'],
      ['empty', 503, 'upstream.cut'],
      ['zipped', 503, 'reply.unreadable'],
      ['broken', 503, 'reply.unreadable'],
      ['other', 503, 'reply.unreadable'],
      ['long', 503, 'reply.too-large'],
      ['length', 503, 'reply.too-large'],
    ];
    for (const [cursor, expected, reason] of bad) {
      test(`is answered in its place under its id (${cursor})`, async () => {
        const { status, headers, body } = await ask(guarded.envoy.url, cursor);
        assert.equal(status, expected, body);
        const { id, error } = JSON.parse(body) as { id: number; error: { data: { reason: string } } };
        assert.deepEqual([id, error.data.reason], [7, reason]);
        assert.deepEqual(
          [headers.get('location'), headers.get('www-authenticate'), headers.get('x-secret')],
          [null, null, null],
        );
      });
    }

    test('ends with an event that says so when it has begun', async () => {
      for (const [cursor, reason] of [
        ['unanswered', 'upstream.cut'],
        ['hostile', 'reply.unreadable'],
      ] as const) {
        const { status, body } = await ask(guarded.envoy.url, cursor);
        assert.equal(status, 200);
        assert.ok(body.startsWith(PROGRESS), body);
        assert.match(body, new RegExp(`"id":7,"error".*"reason":"${reason}"`));
        assert.doesNotMatch(body, /"id":8/);
      }
    });

    test('is asked of nobody when the request ends with trailers in place of a body', async () => {
      for (const edit of [
        (text: string) => text,
        (text: string) => text.replace('request_trailer_mode: SEND', 'request_trailer_mode: SKIP'),
      ]) {
        await using other = await startGuarded({
          upstream: pinned.url,
          wiring,
          edit: (text) => edit(towards(pinned.url, scripted.url)(text)),
        });
        scripted.seen.splice(0);
        assert.match(await withTrailers(other.envoy, 'POST'), /^(400|503) \{"jsonrpc"/);
        assert.match(await withTrailers(other.envoy, 'DELETE'), /^400 \{"jsonrpc"/);
        assert.deepEqual(scripted.seen, []);
      }
    });

    test('is asked of nobody when Envoy would not hold its body', async () => {
      for (const [from, to] of [
        ['request_body_mode: BUFFERED', 'request_body_mode: NONE'],
        ['response_body_mode: BUFFERED', 'response_body_mode: NONE'],
        ['response_body_mode: BUFFERED', 'response_body_mode: STREAMED'],
      ] as const) {
        await using other = await startGuarded({
          upstream: pinned.url,
          wiring,
          edit: (text) => towards(pinned.url, scripted.url)(text).replace(from, to),
        });
        scripted.seen.splice(0);
        const { status, body } = await ask(other.envoy.url, 'plain');
        assert.equal(status, 503);
        assert.match(body, /fault\.internal/);
        assert.deepEqual(scripted.seen, []);
      }
    });

    for (const [what, lax] of [
      ['forbids overrides', (text: string) => text],
      [
        'forbids overrides, lets failures pass and overlooks changes that may not be made',
        (text: string) =>
          text
            .replaceAll('failure_mode_allow: false', 'failure_mode_allow: true')
            .replace('disallow_is_error: true', 'disallow_is_error: false'),
      ],
    ] as const) {
      test(`goes through no Envoy that ${what}, although another one shares the listener`, async () => {
        const edit = (text: string): string =>
          lax(
            towards(pinned.url, scripted.url)(text).replace('allow_mode_override: true', 'allow_mode_override: false'),
          );
        const socket = doorSocket(guarded.sallyport.folder);
        await using other = await startEnvoy({ wiring, socket, upstream: pinned.url, edit });
        for (const cursor of ['events', 'hostilely', 'unanswered']) {
          assert.equal((await ask(guarded.envoy.url, cursor)).status, 200);
          const { status, body } = await ask(other.url, cursor);
          assert.match(String(status), /^50[03]$/);
          assert.doesNotMatch(body, /progress|"id":8/);
        }
      });
    }
  });

  suite(`Sallyport that is killed in the middle (${wiring})`, { skip: whyNoEnvoy() }, () => {
    let pinned: Upstream;
    let scripted: Scripted;
    before(async () => {
      pinned = await startV2();
      scripted = await startScripted();
    });
    after(async () => {
      await scripted[Symbol.asyncDispose]();
      await pinned.close();
    });

    /** Both in processes of their own. */
    async function served(): Promise<
      { readonly envoy: RunningEnvoy; readonly child: KillableProcess } & AsyncDisposable
    > {
      const folder = await writeProject({
        servers: { files: pinned.url },
        listeners: listenerOf({ carrier: wiring }),
        level: 'info',
      });
      const child = await startKillable(folder);
      const edit = towards(pinned.url, scripted.url);
      const envoy = await startEnvoy({ wiring, socket: doorSocket(folder), upstream: pinned.url, edit });
      return {
        envoy,
        child,
        async [Symbol.asyncDispose]() {
          await envoy[Symbol.asyncDispose]();
          await child.kill();
          await rm(folder, { recursive: true, force: true });
        },
      };
    }

    test('lets nothing of a reply pass that it has not seen', async () => {
      await using both = await served();
      scripted.seen.splice(0);
      const asked = ask(both.envoy.url, 'slow');
      while (scripted.seen.length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
      await both.child.kill();
      const { status, body } = await asked;
      assert.equal(status, 503);
      assert.match(body, /^\{"jsonrpc":"2\.0","error"/);
    });

    test('ends an open stream of events, and the request to the tool server', async () => {
      await using both = await served();
      const over = scripted.over();
      const response = await fetch(both.envoy.url, {
        method: 'POST',
        headers: {
          ...JSON_TYPE,
          'accept': 'application/json, text/event-stream',
          'mcp-protocol-version': '2025-11-25',
        },
        body: list('endless'),
      });
      assert.equal(response.status, 200);
      await both.child.kill();
      await assert.rejects(response.text());
      await over;
    });

    test('is an outage for every later call', async () => {
      await using both = await served();
      assert.equal((await ask(both.envoy.url, 'plain')).status, 200);
      await both.child.kill();
      scripted.seen.splice(0);
      const { status, body } = await ask(both.envoy.url, 'plain');
      assert.equal(status, 503);
      assert.match(body, /^\{"jsonrpc":"2\.0","error"/);
      assert.deepEqual(scripted.seen, []);
    });
  });
}

/** Status and body of the answer to an HTTP/2 request of headers and trailers alone. */
async function withTrailers({ url }: RunningEnvoy, method: string): Promise<string> {
  const { origin, host, pathname } = new URL(url);
  const session = connect(origin);
  const headers = { ':method': method, ':path': pathname, ':authority': host, ...JSON_TYPE, 'accept': '*/*' };
  const stream = session.request(headers, { endStream: false, waitForTrailers: true });
  stream.on('wantTrailers', () => stream.sendTrailers({ 'x-more': '1' }));
  stream.end();
  const [answered] = (await once(stream, 'response')) as [{ ':status'?: number }];
  const body = await buffer(stream);
  session.close();
  return `${answered[':status']} ${body.toString()}`;
}
