import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import type { Peer } from '../attacks/peer.ts';
import { type RawReply, RawConnection } from '../attacks/raw-connection.ts';
import { callText, type Departures, rawRequest } from '../attacks/raw-request.ts';
import type { Upstream } from '../servers/upstream.ts';
import { startV2 } from '../servers/v2/start-v2.ts';
import { CARRIERS, reasonFrom, whyNot } from './carriers.ts';
import { type StartedSallyport, startSallyport } from './start-sallyport.ts';

const MEBIBYTE = 1024 * 1024;
/** `max_body_bytes` when nothing is said. */
const LIMIT = 2 * MEBIBYTE;

for (const carrier of CARRIERS) {
  suite(`a request body (${carrier})`, { skip: whyNot(carrier) }, () => {
    let upstream: Upstream;
    let sallyport: StartedSallyport;
    before(async () => {
      upstream = await startV2();
      sallyport = await startSallyport({ carrier, servers: { tools: upstream.url } });
    });
    after(async () => {
      await sallyport.close();
      await upstream.close();
    });

    const peer = (): Peer => ({ era: 'modern', url: sallyport.url('tools'), headers: [] });
    const echo = (text: string): string => callText(peer(), `"name":"echo","arguments":{"text":"${text}"}`);
    const post = async (departures: Departures): Promise<RawReply> => {
      await upstream.forget();
      using connection = await RawConnection.open(peer().url);
      const answer = await connection.exchange(rawRequest(peer(), { tool: 'echo', ...departures }), 20_000);
      assert.ok(answer.kind === 'reply', JSON.stringify(answer));
      return answer;
    };
    const inChunks = (text: string, ...cuts: readonly number[]): Departures => {
      const parts = [0, ...cuts].map((from, index) => text.slice(from, cuts[index]));
      const chunks = parts.map((part) => `${part.length.toString(16)}\r\n${part}\r\n`).join('');
      return {
        body: `${chunks}0\r\n\r\n`,
        set: { 'content-length': undefined, 'transfer-encoding': 'chunked' },
      };
    };
    const expectRun = async (sent: Departures, text: string): Promise<void> => {
      assert.equal((await post(sent)).status, 200);
      assert.deepEqual(await upstream.calls(), [{ tool: 'echo', args: { text } }]);
    };
    const expectRefused = async (sent: Departures, status: number, reason: string): Promise<void> => {
      const refused = await post(sent);
      assert.equal(refused.status, status, refused.body);
      assert.ok(refused.body.includes(reason), refused.body);
      assert.equal(refused.headers.get('content-type'), 'application/json');
      assert.deepEqual(await upstream.calls(), []);
    };

    for (const [size, length] of Object.entries({ 'a mebibyte': MEBIBYTE, 'half as much more': 1.5 * MEBIBYTE })) {
      test(`of ${size} is judged as a whole and arrives as it was judged`, async () => {
        const text = 'x'.repeat(length);
        await expectRun({ body: echo(text) }, text);
        await expectRun(inChunks(echo(text), 10, MEBIBYTE), text);
      });
    }

    test('over the limit is refused, announced or not, in words that a client of MCP can read', async () => {
      const text = echo('x'.repeat(LIMIT));
      await expectRefused({ body: text }, 413, reasonFrom(carrier, 'body.too-large'));
      await expectRefused(inChunks(text, 10, MEBIBYTE), 413, reasonFrom(carrier, 'body.too-large'));
    });

    test('in chunks is judged as a whole', async () => {
      await expectRun(inChunks(echo('in chunks'), 40, 90), 'in chunks');
    });

    test('in chunks is refused when what comes late makes it another call', async () => {
      const text = echo('in chunks').replace(/}$/, ',"jsonrpc":"2.0"}');
      await expectRefused(inChunks(text, 40), 400, 'json.duplicate-key');
    });
  });
}
