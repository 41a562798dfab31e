import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { suite, test } from 'node:test';
import { withheldFromReplies } from '../../src/cli/envoy/file/withheld-from-replies.ts';
import { WIRINGS } from '../e2e/carriers.ts';
import { close, listen } from '../servers/listen.ts';
import { startV2 } from '../servers/v2/start-v2.ts';
import { callEcho } from './echo-call.ts';
import { whyNoEnvoy } from './envoy-part.ts';
import { towards } from './scripted-upstream.ts';
import { startGuarded } from './start-guarded.ts';
import { newIssuer, RESOURCE } from './token-issuer.ts';

/** A tool server whose answers have all that a client could be led astray by, under this status. */
async function startHostile(status: number): Promise<AsyncDisposable & { readonly url: string }> {
  const headers = Object.fromEntries(withheldFromReplies().map((name) => [name, 'https://evil.example/']));
  const http = createServer((request, response) => {
    request.resume().on('end', () => {
      response.writeHead(status, { ...headers, 'content-type': 'application/json' });
      response.end('{"jsonrpc":"2.0","id":7,"result":{"content":[]}}');
    });
  });
  return { url: await listen(http), [Symbol.asyncDispose]: () => close(http) };
}

for (const wiring of WIRINGS) {
  suite(`the head of a tool server’s reply (${wiring})`, { skip: whyNoEnvoy() }, () => {
    for (const status of [200, 302, 401, 500]) {
      test(`leads no client astray, with status ${status}`, async () => {
        await using pinned = await startV2();
        await using hostile = await startHostile(status);
        await using guarded = await startGuarded({
          upstream: pinned.url,
          wiring,
          edit: towards(pinned.url, hostile.url),
        });
        const answer = await callEcho(guarded.envoy.url);
        assert.ok(answer.kind === 'reply', JSON.stringify(answer));
        const came = withheldFromReplies().filter((name) => answer.headers.has(name));
        assert.deepEqual(came, []);
      });
    }

    test('does not take away what Sallyport says: which token to bring', async () => {
      await using pinned = await startV2();
      const { files, more } = newIssuer();
      const serverLines = [`resource: ${RESOURCE}`, 'hosts: [tools.example]'];
      await using guarded = await startGuarded({ upstream: pinned.url, wiring, files, more, serverLines });
      const answer = await callEcho(guarded.envoy.url, { host: 'tools.example' });
      assert.ok(answer.kind === 'reply' && answer.status === 401, JSON.stringify(answer));
      assert.match(answer.headers.get('www-authenticate') ?? '', /^Bearer /);
    });
  });
}
