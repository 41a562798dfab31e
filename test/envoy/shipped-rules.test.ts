import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { ENVOY_OWNED } from '../../src/transports/envoy/envoy-owned.ts';
import { writeStruct } from '../../src/transports/envoy/write-struct.ts';
import { ProtobufWriter } from '../../src/transports/grpc/protobuf-writer.ts';
import type { Peer } from '../attacks/peer.ts';
import { type RawAnswer, RawConnection } from '../attacks/raw-connection.ts';
import { callText, rawRequest } from '../attacks/raw-request.ts';
import { whyNoEnvoy } from './envoy-part.ts';
import { type RecordedUpstream, startRecorded } from './recorded-upstream.ts';
import { type StandIn, startStandIn } from './stand-in.ts';
import { type RunningEnvoy, startEnvoy } from './start-envoy.ts';

/** An allow that sets and removes what ours never does. */
function allow(set: readonly (readonly [string, string])[], remove: readonly string[]): Uint8Array {
  const writer = new ProtobufWriter();
  writer.message(1, () => {});
  writer.message(3, () => {
    for (const header of set) writer.message(2, () => writer.message(1, () => writeHeader(writer, header)));
    for (const name of remove) writer.string(5, name);
  });
  writeStruct(writer, 4, new Map([['reply', 'pass']]));
  return writer.finish();
}

function writeHeader(writer: ProtobufWriter, [name, value]: readonly [string, string]): void {
  writer.string(1, name);
  writer.string(2, value);
}

/** A denial with a header of any value. */
function denied(header: readonly [string, string]): Uint8Array {
  const writer = new ProtobufWriter();
  writer.message(1, () => writer.varint(1, 7));
  writer.message(2, () => writer.message(2, () => writer.message(1, () => writeHeader(writer, header))));
  return writer.finish();
}

/*
 * What the shipped file stops should Sallyport, or whoever answers in its place, be wrong: the two dangerous defaults of
 * Envoy's ext_authz (smuggling by a mutated length, splitting by a line break).
 */
suite('the rules of envoy/authorize.yaml', { skip: whyNoEnvoy() }, () => {
  let upstream: RecordedUpstream;
  let standIn: StandIn;
  let envoy: RunningEnvoy;
  let answer: Uint8Array;
  before(async () => {
    upstream = await startRecorded();
    standIn = await startStandIn({ check: async () => answer });
    envoy = await startEnvoy({ socket: standIn.socket, upstream: upstream.url });
  });
  after(async () => {
    await envoy[Symbol.asyncDispose]();
    await standIn[Symbol.asyncDispose]();
    await upstream.close();
  });

  const call = async (): Promise<RawAnswer> => {
    await upstream.forget();
    const peer: Peer = { era: 'modern', url: envoy.url, headers: [] };
    using connection = await RawConnection.open(peer.url);
    const body = callText(peer, '"name":"echo","arguments":{"text":"hi"}');
    return await connection.exchange(rawRequest(peer, { tool: 'echo', body }));
  };

  test('let a plain allow pass', async () => {
    answer = allow([['sallyport-decision-id', 'x']], ['x-anything']);
    const reply = await call();
    assert.equal(reply.kind === 'reply' && reply.status, 200, JSON.stringify(reply));
  });

  for (const name of [...ENVOY_OWNED, ':path', ':method', ':authority', ':scheme']) {
    test(`stop an allow that would set ${name}`, async () => {
      answer = allow([[name, '3']], []);
      const reply = await call();
      assert.equal(reply.kind === 'reply' && reply.status, 500, JSON.stringify(reply));
      assert.deepEqual(upstream.seen, []);
    });

    test(`stop an allow that would remove ${name}, or pass the request with it`, async () => {
      answer = allow([], [name]);
      const reply = await call();
      const passed = reply.kind === 'reply' && reply.status === 200;
      assert.ok(passed || (reply.kind === 'reply' && reply.status === 500), JSON.stringify(reply));
      for (const { headers, path } of upstream.seen) {
        assert.equal(path, '/mcp');
        const names = headers.map(([field]) => field);
        assert.ok(names.includes('host') && names.includes('content-length'), names.join());
      }
    });
  }

  for (const value of ['a\r\nset-cookie: b=c', 'a\nb', 'a\0b']) {
    test(`stop a refusal whose header would be two: ${JSON.stringify(value)}`, async () => {
      answer = denied(['x-reason', value]);
      const reply = await call();
      assert.ok(reply.kind === 'reply' && reply.status >= 500, JSON.stringify(reply));
      assert.equal(reply.headers.has('set-cookie'), false);
    });
  }
});
