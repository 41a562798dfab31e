import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import { Server, ServerCredentials } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { close, listen } from '../servers/listen.ts';
import { type OtlpTraces, type ReceivedSpan, receivedSpans } from './received-span.ts';

/** What takes spans, and says which it took. */
export interface SpanReceiver extends AsyncDisposable {
  /** `telemetry.tracing.otlp` in one line of YAML. */
  readonly otlp: string;
  readonly spans: readonly ReceivedSpan[];
  /** What they came in. */
  readonly requests: readonly OtlpTraces[];
  /** Resolves with the spans once `enough` says so. Throws when it does not within half a minute. */
  until(enough: (spans: readonly ReceivedSpan[]) => boolean): Promise<readonly ReceivedSpan[]>;
}

const OTLP = loadSync(join(import.meta.dirname, 'otlp.proto'), { longs: String, oneofs: false, defaults: false });
const SERVICE = 'opentelemetry.proto.collector.trace.v1.TraceService';
const METHOD = method();

/** A receiver that reads protobuf by the names and numbers of the protocol, over HTTP. */
export async function startHttpReceiver(port = 0): Promise<SpanReceiver> {
  const requests: OtlpTraces[] = [];
  const server = createServer((request, response) => {
    void take(request, response);
  });
  const take = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await buffer(request);
    const isJson = request.headers['content-type'] === 'application/json';
    requests.push(isJson ? (JSON.parse(body.toString()) as OtlpTraces) : decoded(body));
    response.writeHead(200, { 'content-type': request.headers['content-type'] ?? '' });
    response.end(isJson ? '{}' : undefined);
  };
  const url = await listen(server, port);
  return receiver(`{ endpoint: "${new URL('/', url).href}" }`, requests, () => close(server));
}

/** The same over gRPC. */
export async function startGrpcReceiver(): Promise<SpanReceiver> {
  const requests: OtlpTraces[] = [];
  const server = new Server();
  const handler = {
    path: METHOD.path,
    requestStream: false,
    responseStream: false,
    requestDeserialize: (bytes: Buffer) => bytes,
    requestSerialize: (bytes: Buffer) => bytes,
    responseDeserialize: (bytes: Buffer) => bytes,
    responseSerialize: (bytes: Buffer) => bytes,
  };
  server.addService(
    { Export: handler },
    {
      Export: (call: { request: Buffer }, answer: (error: null, value: Buffer) => void) => {
        requests.push(decoded(call.request));
        answer(null, Buffer.alloc(0));
      },
    },
  );
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  const otlp = `{ endpoint: "http://127.0.0.1:${port}", protocol: grpc }`;
  return receiver(otlp, requests, async () => server.forceShutdown());
}

/** What both have, and a real Collector too. */
export function receiver(otlp: string, requests: readonly OtlpTraces[], stop: () => Promise<void>): SpanReceiver {
  return {
    otlp,
    requests,
    get spans() {
      return requests.flatMap(receivedSpans);
    },
    async until(enough) {
      for (let left = 1200; ; left -= 1) {
        const { spans } = this;
        if (enough(spans)) return spans;
        if (left === 0) throw new Error(`not among the ${spans.length} spans: ${JSON.stringify(spans)}`);
        await pause(25);
      }
    },
    [Symbol.asyncDispose]: stop,
  };
}

function method() {
  const service = OTLP[SERVICE];
  if (service === undefined || !('Export' in service)) throw new Error('no Export');
  return service['Export'] as unknown as {
    readonly path: string;
    readonly requestDeserialize: (bytes: Buffer) => RawTraces;
  };
}

/** Bytes where JSON has texts. */
interface RawTraces {
  readonly resourceSpans?: readonly {
    readonly scopeSpans?: readonly { readonly spans?: readonly Readonly<Record<string, unknown>>[] }[];
  }[];
}

function decoded(bytes: Buffer): OtlpTraces {
  const inHex = (_key: string, value: unknown): unknown =>
    value instanceof Object && 'type' in value && value.type === 'Buffer' && 'data' in value
      ? Buffer.from(value.data as number[]).toString('hex')
      : value;
  const plain: unknown = JSON.parse(JSON.stringify(METHOD.requestDeserialize(bytes)), inHex);
  return plain as OtlpTraces;
}
