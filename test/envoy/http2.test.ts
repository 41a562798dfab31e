import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { after, before, suite, test } from 'node:test';
import {
  END_HEADERS,
  END_STREAM,
  FRAME,
  headerBlock,
  rawFrames,
} from '../../src/transports/grpc/raw-frames.fixture.ts';
import { BODY } from '../attacks/framing-shapes.ts';
import { type Fields, GOOD, HTTP2_SHAPES } from '../attacks/http2-shapes.ts';
import { WIRINGS } from '../e2e/carriers.ts';
import { type Recorder, startRecorder } from '../e2e/recorder.ts';
import { type StartedSallyport, startSallyport } from '../e2e/start-sallyport.ts';
import { within } from '../e2e/within.ts';
import type { Upstream } from '../servers/upstream.ts';
import { startV2 } from '../servers/v2/start-v2.ts';
import { whyNoEnvoy } from './envoy-part.ts';
import { impatient } from './impatient.ts';
import { OPEN_SERVER } from './start-guarded.ts';

/** What Envoy serves: it takes the authority for the host. */
const SERVED = 'another host beside the authority';
/** What it answers by itself; the rest it cuts off. */
const ANSWERED = ['CONNECT'];
/** Header fields that may reach the tool server. */
const NAMES = ['accept', 'content-length', 'content-type', 'host', 'sallyport-decision-id'];

for (const wiring of WIRINGS) {
  suite(`a request over HTTP/2 (${wiring})`, { skip: whyNoEnvoy() }, () => {
    let upstream: Upstream;
    let recorder: Recorder;
    let sallyport: StartedSallyport;
    before(async () => {
      upstream = await startV2();
      recorder = await startRecorder(upstream.url);
      const serverLines = [...OPEN_SERVER, 'pass_headers: [x-note]'];
      const options = { carrier: wiring, serverLines, edit: impatient };
      sallyport = await startSallyport({ ...options, servers: { mcp: recorder.url } });
    });
    after(async () => {
      await sallyport.close();
      await recorder[Symbol.asyncDispose]();
      await upstream.close();
    });

    /** Sends it on a connection of its own, and says how that was taken. */
    async function send(fields: Fields, body = BODY): Promise<'answered' | 'reset' | 'closed'> {
      recorder.forget();
      const { host, hostname, port } = new URL(sallyport.url('mcp'));
      const socket = connect(Number(port), hostname);
      const { closed, until, ...connection } = rawFrames(socket);
      const block = headerBlock(fields.map(([name, value]) => [name, value.replaceAll('HOST', host)]));
      connection.send(FRAME.HEADERS, END_HEADERS, 1, block);
      connection.send(FRAME.DATA, END_STREAM, 1, Buffer.from(body));
      const taken = await within(
        5000,
        Promise.race([
          closed.then(() => 'closed' as const),
          until(({ type, streamId }) => type === FRAME.HEADERS && streamId === 1).then(() => 'answered' as const),
          until(({ type, streamId }) => type === FRAME.RST_STREAM && streamId === 1).then(() => 'reset' as const),
        ]),
      );
      socket.destroy();
      return taken;
    }

    async function expectServed(fields: Fields): Promise<void> {
      assert.equal(await send(fields), 'answered');
      assert.deepEqual(recorder.bodies(), [BODY]);
      const [{ headers } = assert.fail()] = recorder.reached;
      assert.deepEqual([Object.keys(headers).toSorted(), headers.host], [NAMES, new URL(recorder.url).host]);
    }

    test('is served as over HTTP/1.1', async () => {
      await expectServed(GOOD);
    });

    test('is refused as over HTTP/1.1', async () => {
      assert.equal(await send(GOOD, BODY.replace('"id"', '"id":2,"id"')), 'answered');
      assert.deepEqual(recorder.bodies(), []);
    });

    for (const [shape, fields] of Object.entries(HTTP2_SHAPES).filter(([name]) => name !== SERVED)) {
      test(`with ${shape} reaches no tool server, and the next one is served`, async () => {
        assert.equal((await send(fields)) === 'answered', ANSWERED.includes(shape));
        assert.deepEqual(recorder.bodies(), []);
        await expectServed(GOOD);
      });
    }

    test(`with ${SERVED} is served under the authority`, async () => {
      await expectServed(HTTP2_SHAPES[SERVED] ?? assert.fail());
    });
  });
}
