import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { ADDRESSES, BODY, LARGE, PATHS, request, SHAPES, SLOW } from '../attacks/framing-shapes.ts';
import { type RawAnswer, RawConnection } from '../attacks/raw-connection.ts';
import { WIRINGS, type Wiring } from '../e2e/carriers.ts';
import { type Recorder, startRecorder } from '../e2e/recorder.ts';
import { type StartedSallyport, startSallyport } from '../e2e/start-sallyport.ts';
import type { Upstream } from '../servers/upstream.ts';
import { startV2 } from '../servers/v2/start-v2.ts';
import { whyNoEnvoy } from './envoy-part.ts';
import { impatient } from './impatient.ts';
import { OPEN_SERVER } from './start-guarded.ts';

/*
 * The proxy refuses all of these. Envoy has a parser of its own: here stands what it does with each. What it passes on is one
 * request, with the body and the header fields that Sallyport was shown.
 */

/** What Envoy makes plain, and why nobody reads it in another way then. */
const MENDED: Readonly<Record<string, string>> = {
  'a folded header': 'it is one field, with a space in place of the fold',
  'a bare line feed at the end of the header block': 'the block ends there for Envoy, and it writes its own',
  'a bare carriage return in a header': 'it is left out of the value',
  'an absolute form': 'its host is the Host that Sallyport compares',
  'an upgrade to h2c': 'nothing is upgraded, and the fields that ask for it stay behind',
  'Expect: 100-continue': 'Envoy answers it and leaves it out',
  'another expectation': 'it is left out',
  'Connection naming a judged header': 'only fields of one hop are left out',
  '/./mcp': 'the path is the plain one when Sallyport sees it',
  '/x/../mcp': 'the path is the plain one when Sallyport sees it',
  '/%6dcp': 'the path is the plain one when Sallyport sees it',
};

/** Status and reason of what is answered: by Envoy itself, or by Sallyport. What is in no list is cut off. */
const REFUSED: Readonly<Record<string, readonly [number, string]>> = {
  'a bare line feed in the header block': [400, 'mcp.header-mismatch'],
  'an absolute form of another host': [403, 'http.host'],
  'an asterisk form': [404, 'envoy.404'],
  'CONNECT': [403, 'envoy.403'],
  'an upgrade to websocket': [403, 'envoy.403'],
  'no Host': [400, 'envoy.400'],
  'two Hosts': [403, 'http.host'],
  '/': [404, 'envoy.404'],
  '/mcp/': [404, 'envoy.404'],
  '/MCP': [404, 'envoy.404'],
  '//mcp': [404, 'envoy.404'],
  '/mcp%00': [400, 'envoy.400'],
  '/mcp;x=y': [404, 'envoy.404'],
  '/mcp?x=y': [404, 'http.route'],
  '/mcp?': [404, 'http.route'],
  '/mcp#x': [400, 'envoy.400'],
  '/mcp\\': [404, 'envoy.404'],
  '/health': [404, 'envoy.404'],
};

/** Where the wirings differ: a body that should not be there is seen by one, and announced to the other. */
const REFUSED_BY: Readonly<Record<Wiring, Readonly<Record<string, readonly [number, string]>>>> = {
  authorize: { 'GET with a body': [400, 'body.unexpected'], 'DELETE with chunks': [400, 'body.unexpected'] },
  inspect: { 'GET with a body': [400, 'http.framing'], 'DELETE with chunks': [400, 'http.framing'] },
};

/** Not answered: it is the beginning of a connection of HTTP/2, on which nothing was asked. */
const BEGINNING = 'HTTP/2 with prior knowledge';

/** Header fields that may reach the tool server. */
const FIELDS = ['accept', 'content-length', 'content-type', 'host', 'sallyport-decision-id'];

const ASKED_FOR: readonly (readonly [string, string])[] = PATHS.map((path) => [
  path,
  request({ line: `POST ${path} HTTP/1.1` }),
]);

for (const wiring of WIRINGS) {
  suite(`Envoy, sent (${wiring})`, { skip: whyNoEnvoy() }, () => {
    let upstream: Upstream;
    let recorder: Recorder;
    let sallyport: StartedSallyport;
    before(async () => {
      upstream = await startV2();
      recorder = await startRecorder(upstream.url);
      const serverLines = [...OPEN_SERVER, 'origins: ["https://app.example"]'];
      sallyport = await startSallyport({
        carrier: wiring,
        servers: { mcp: recorder.url },
        serverLines,
        edit: impatient,
      });
    });
    after(async () => {
      await sallyport.close();
      await recorder[Symbol.asyncDispose]();
      await upstream.close();
    });

    const send = async (text: string, timeoutMs?: number): Promise<RawAnswer> => {
      recorder.forget();
      const { host, href } = new URL(sallyport.url('mcp'));
      using connection = await RawConnection.open(href);
      return await connection.exchange(Buffer.from(text.replaceAll('HOST', host), 'latin1'), timeoutMs);
    };
    /** What came of it in a few words, and that nothing else than one judged call reached the tool server. */
    const outcome = async (text: string): Promise<readonly [number, string] | 'closed' | 'silent'> => {
      const answer = await send(text);
      const served = answer.kind === 'reply' && answer.status === 200;
      assert.deepEqual(recorder.bodies(), served ? [BODY] : []);
      for (const { headers } of recorder.reached) assert.deepEqual(Object.keys(headers).toSorted(), FIELDS);
      if (answer.kind !== 'reply') return answer.kind;
      return [answer.status, /"reason":"([^"]+)"/.exec(answer.body)?.[1] ?? 'none'];
    };
    const serves = async (): Promise<void> => assert.deepEqual(await outcome(request()), [200, 'none']);

    for (const [shape, text] of [...Object.entries(SHAPES), ...ASKED_FOR].filter(([name]) => name !== BEGINNING)) {
      const mended = MENDED[shape] === undefined ? undefined : ([200, 'none'] as const);
      const expected = mended ?? REFUSED[shape] ?? REFUSED_BY[wiring][shape] ?? 'closed';
      const told = MENDED[shape] ?? (expected === 'closed' ? 'the connection ends' : expected.join(' '));
      test(`${shape}: ${told}`, async () => {
        assert.deepEqual(await outcome(text), expected);
        await serves();
      });
    }

    for (const [shape, field] of Object.entries(LARGE)) {
      test(`${shape}: the connection ends`, async () => {
        assert.equal(await outcome(request({ fields: [field] })), 'closed');
        await serves();
      });
    }

    for (const [what, head] of Object.entries(SLOW)) {
      test(`a request that is not ended: ${what}`, async () => {
        assert.deepEqual(await outcome(head), [408, 'envoy.408']);
        await serves();
      });
    }

    test(`${BEGINNING}: nothing`, async () => {
      assert.equal((await send(SHAPES[BEGINNING] ?? assert.fail(), 300)).kind, 'silent');
      assert.deepEqual(recorder.bodies(), []);
      await serves();
    });

    for (const [name, { host, fields, reason }] of Object.entries(ADDRESSES)) {
      // Envoy makes one field of two Origins, and a list of them is none that is listed.
      const said = reason === 'http.header-duplicate' ? 'http.origin' : reason;
      test(`${name}: ${said ?? 'it is served'}`, async () => {
        const shape = request({ ...(host === undefined ? {} : { host }), ...(fields === undefined ? {} : { fields }) });
        assert.deepEqual(await outcome(shape), said === undefined ? [200, 'none'] : [403, said]);
      });
    }

    test('a request behind a good one: the good one is served before the other is cut off', async () => {
      recorder.forget();
      const { host, href } = new URL(sallyport.url('mcp'));
      using connection = await RawConnection.open(href);
      const first = await connection.exchange(Buffer.from(request().replace('HOST', host)));
      assert.equal(first.kind === 'reply' && first.status, 200);
      assert.equal((await connection.exchange(Buffer.from('GARBAGE\r\n\r\n'))).kind, 'closed');
      assert.deepEqual(recorder.bodies(), [BODY]);
    });
  });
}
