import { NO_FALLBACKS } from '../../decision/stand-in.ts';
import { findingStages, listeningRecorder, openGate } from '../../decision/facts.fixture.ts';
import type { HeaderList } from '../../call/received.ts';
import { systemClock } from '../../kit/clock.ts';
import { createExchangeLedger, type ExchangeLedger } from '../../outcome/exchange-ledger.ts';
import type { EnvoyAssembly } from '../envoy/envoy-assembly.ts';
import { SERVER } from '../envoy/envoy-server.fixture.ts';
import type { UnaryCall } from '../grpc/server.ts';
import { ProtobufWriter } from '../grpc/protobuf-writer.ts';
import { createByteBudget } from '../reply/byte-budget.ts';
import { createPlaces } from '../reply/places.ts';
import { createReadPeer } from '../envoy/read-peer.ts';
import type { ExtAuthzDoor } from './ext-authz-door.ts';

/** One that is soon full. */
const SMALL = { ...SERVER, maxCallsPerPrincipal: 2 };

/** A question of Envoy, as far as tests vary it. */
export interface Asked {
  readonly method?: string;
  readonly path?: string;
  readonly host?: string;
  /** After the pseudo headers. */
  readonly headers?: HeaderList;
  readonly body?: string;
  /** `context_extensions.server`; `null`: not there. */
  readonly server?: string | null;
  /** What the agent dialled. */
  readonly destination?: readonly [address: string, port: number];
  /** PEM of the agent's certificate. */
  readonly certificate?: string;
  /** Whether headers come in the map that `encode_raw_headers: false` gives. */
  readonly joined?: boolean;
}

/** The bytes of a CheckRequest as Envoy writes it (envoy.service.auth.v3). */
export function checkBytes(asked: Asked = {}): Uint8Array {
  const { server = 'files', destination = ['127.0.0.1', 8800], certificate, ...http } = asked;
  const writer = new ProtobufWriter();
  writer.message(1, () => {
    writer.message(1, () => writePeer(writer, '10.1.2.3', 41000, certificate));
    writer.message(2, () => writePeer(writer, ...destination));
    writer.message(4, () => writer.message(2, () => writeHttp(writer, http)));
    if (server !== null) writer.message(10, () => writePair(writer, 'server', server));
  });
  return writer.finish();
}

function writePeer(writer: ProtobufWriter, address: string, port: number, certificate?: string): void {
  writer.message(1, () =>
    writer.message(1, () => {
      writer.string(2, address);
      writer.varint(3, port);
    }),
  );
  if (certificate !== undefined) writer.string(5, encodeURIComponent(certificate));
}

function writePair(writer: ProtobufWriter, key: string, value: string): void {
  writer.string(1, key);
  writer.string(2, value);
}

type AskedHttp = Omit<Asked, 'server' | 'destination' | 'certificate'>;

function writeHttp(writer: ProtobufWriter, http: AskedHttp): void {
  const { method = 'POST', path = '/files', host = '127.0.0.1:8800', headers = [], body = '', joined = false } = http;
  writer.string(2, method);
  writer.string(4, path);
  writer.string(5, host);
  const all: HeaderList = [[':method', method], [':path', path], [':authority', host], ...headers];
  if (joined) {
    for (const [name, value] of all) writer.message(3, () => writePair(writer, name, value));
  }
  writer.bytes(12, Buffer.from(body));
  if (joined) return;
  writer.message(13, () => {
    for (const [name, value] of all) {
      writer.message(1, () => {
        writer.string(1, name);
        writer.bytes(3, Buffer.from(value, 'latin1'));
      });
    }
  });
}

/** What an answer is, from its bytes: an allow has a status without a code, a refusal code 7 (PERMISSION_DENIED). */
export function kindOf(answer: Uint8Array): 'allow' | 'denied' | 'neither' {
  const bytes = Buffer.from(answer);
  if (bytes.subarray(0, 2).equals(Buffer.of(0x0a, 0))) return 'allow';
  return bytes.subarray(0, 4).equals(Buffer.of(0x0a, 2, 8, 7)) ? 'denied' : 'neither';
}

/** A ledger with room for a few calls. */
export function newLedger(): ExchangeLedger {
  return createExchangeLedger({
    expectsLog: true,
    clock: systemClock,
    maxExchanges: 4,
    maxBytes: 1024 * 1024,
    reportWithinMs: 60_000,
    onLeft() {},
    onEvent() {},
    onError() {},
  });
}

/** A door over checks that find everything, with what its recorder heard. */
export function newDoor(
  changes: Partial<EnvoyAssembly> = {},
  own: Partial<ExtAuthzDoor> = {},
): ExtAuthzDoor & {
  readonly heard: readonly string[];
  readonly errors: unknown[];
} {
  const recorder = listeningRecorder();
  const errors: unknown[] = [];
  const assembly: EnvoyAssembly = {
    stages: findingStages,
    recorder,
    fallbacks: NO_FALLBACKS,
    deadlineMs: 1000,
    servers: new Map([['files', SMALL]]),
    dialled: new Map([['10.99.0.1:20003', SMALL]]),
    superseded: new AbortController().signal,
    stops: openGate,
    createJudge: () => ({ judge: () => ({ kind: 'pass' }), seen: {} }),
    hasServer: () => true,
    sessions: {
      reserve: () => ({ [Symbol.dispose]() {} }),
      bind: () => ({ kind: 'too-many' }),
      end: () => void recorder.heard.push('session ended'),
    },
    ...changes,
  };
  return {
    current: () => assembly,
    clock: systemClock,
    readPeer: createReadPeer('verified', systemClock),
    serverFrom: 'route',
    outcomes: 'access_log',
    exchanges: newLedger(),
    holds: { seal: (decisionId) => `sealed-${decisionId}`, open: (hold) => hold.slice('sealed-'.length) },
    places: createPlaces(),
    maxStreamsPerPrincipal: 2,
    replies: createByteBudget(1024 * 1024),
    draining: NEVER,
    stopping: NEVER,
    onError: (error) => errors.push(error),
    heard: recorder.heard,
    errors,
    ...own,
  };
}

const NEVER = new AbortController().signal;

/** How a question comes in. */
export function calling(changes: Partial<UnaryCall> = {}): UnaryCall {
  return { metadata: [], deadlineMs: 1000, signal: new AbortController().signal, ...changes };
}
