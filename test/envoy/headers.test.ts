import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, before, suite, test } from 'node:test';
import { CLAIMED } from '../attacks/claimed-headers.ts';
import type { Header, Peer } from '../attacks/peer.ts';
import { type RawAnswer, RawConnection } from '../attacks/raw-connection.ts';
import { callText, rawRequest } from '../attacks/raw-request.ts';
import { close, listen } from '../servers/listen.ts';
import { whyNoEnvoy } from './envoy-part.ts';
import { type RecordedUpstream, startRecorded } from './recorded-upstream.ts';
import { WIRINGS } from '../e2e/carriers.ts';
import { type Guarded, OPEN_SERVER, startGuarded } from './start-guarded.ts';

const STOPPED: readonly Header[] = [...CLAIMED, ['authorization', 'Bearer mine'], ['upgrade', 'h2c']];
/** What passes as it came. */
const PASSED: readonly Header[] = [
  ['traceparent', '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'],
  ['user-agent', 'agent/1'],
  ['x-tenant', 'acme'],
];
/** What Envoy and the HTTP connection to the tool server add. */
const ADDED = ['host', 'content-length', 'content-type', 'accept', 'sallyport-decision-id'];

for (const wiring of WIRINGS) {
  suite(`header fields of an agent (${wiring})`, { skip: whyNoEnvoy() }, () => {
    let upstream: RecordedUpstream;
    let guarded: Guarded;
    before(async () => {
      upstream = await startRecorded();
      guarded = await startGuarded({
        upstream: upstream.url,
        wiring,
        serverLines: [...OPEN_SERVER, 'pass_headers: [x-tenant]'],
      });
    });
    after(async () => {
      await guarded[Symbol.asyncDispose]();
      await upstream.close();
    });

    const echo = async (add: readonly Header[]): Promise<RawAnswer> => {
      await upstream.forget();
      const peer: Peer = { era: 'modern', url: guarded.envoy.url, headers: [] };
      using connection = await RawConnection.open(peer.url);
      const body = callText(peer, '"name":"echo","arguments":{"text":"hi"}');
      return await connection.exchange(rawRequest(peer, { tool: 'echo', body, add }));
    };
    const names = (): readonly string[] => upstream.seen.flatMap(({ headers }) => headers.map(([name]) => name));

    for (const [name, value] of STOPPED) {
      test(`do not reach the tool server: ${name}`, async () => {
        const answer = await echo([[name, value]]);
        assert.equal(answer.kind === 'reply' && answer.status, 200, JSON.stringify(answer));
        assert.equal(names().includes(name), false);
        assert.equal(upstream.seen.length, 1, 'one call is one execution');
      });
    }

    test('reach it when they are the protocol’s or listed, and nothing else does', async () => {
      await echo([...STOPPED, ...PASSED]);
      const [seen] = upstream.seen;
      for (const header of PASSED)
        assert.deepEqual(
          seen?.headers.find(([name]) => name === header[0]),
          header,
        );
      const expected = [...ADDED, ...PASSED.map(([name]) => name), 'mcp-method', 'mcp-name', 'mcp-protocol-version'];
      assert.deepEqual(names().toSorted(), expected.toSorted());
    });

    test('cannot forge the decision id, however often they try', async () => {
      const answer = await echo([
        ['sallyport-decision-id', 'mine'],
        ['sallyport-decision-id', 'too'],
      ]);
      assert.equal(answer.kind === 'reply' && answer.status, 200);
      const ids = upstream.seen.flatMap(({ headers }) => headers.filter(([name]) => name === 'sallyport-decision-id'));
      assert.equal(ids.length, 1);
      assert.match(ids[0]?.[1] ?? '', /^[0-9a-f]{8}-/);
    });

    test('cannot make one judged call several: the tool server fails and is asked once', async () => {
      const broken = await startBroken();
      await using _broken = broken;
      await using alone = await startGuarded({
        upstream: upstream.url,
        wiring,
        edit: (text) => text.replaceAll(`port_value: ${new URL(upstream.url).port}`, `port_value: ${broken.port}`),
      });
      const peer: Peer = { era: 'modern', url: alone.envoy.url, headers: [] };
      using connection = await RawConnection.open(peer.url);
      const body = callText(peer, '"name":"echo","arguments":{"text":"hi"}');
      const add = STOPPED.filter(([name]) => /retr|hedge/.test(name));
      const answer = await connection.exchange(rawRequest(peer, { tool: 'echo', body, add }));
      assert.equal(answer.kind === 'reply' && answer.status, 503, JSON.stringify(answer));
      assert.equal(broken.asked(), 1);
    });
  });
}

interface Broken extends AsyncDisposable {
  readonly port: number;
  asked(): number;
}

/** A tool server that answers 503. */
async function startBroken(): Promise<Broken> {
  let asked = 0;
  const http = createServer((_request, response) => {
    asked += 1;
    response.writeHead(503).end();
  });
  const url = await listen(http);
  return { port: Number(new URL(url).port), asked: () => asked, [Symbol.asyncDispose]: () => close(http) };
}
