import { setImmediate as nextTurn } from 'node:timers/promises';
import type { HeaderList } from '../../call/received.ts';
import { GRPC_CODE, GrpcError } from '../grpc/grpc-error.ts';
import type { StreamCall } from '../grpc/grpc-server.ts';
import { BODY_MODES } from './mode-override.ts';
import { decodeProcessingResponse, encodeProcessingRequest } from './processing-oracle.fixture.ts';

/** What Envoy says beside a message, as far as tests vary it. */
export interface Beside {
  readonly route?: string;
  /** What the agent dialled. */
  readonly destination?: string;
  readonly codeDetails?: string;
  readonly hold?: string;
  readonly protocol?: object | null;
  readonly observability?: boolean;
  readonly certificate?: string;
}

/** The answer to a request, as a tool server writes it. */
export const ANSWER = '{"jsonrpc":"2.0","id":1,"result":{}}';
/** The headers of a reply that is an event stream. */
export const EVENTS: HeaderList = [
  [':status', '200'],
  ['content-type', 'text/event-stream'],
];

const BUFFERED = BODY_MODES.indexOf('BUFFERED');

/** Bytes of the message that shows the headers of a request. */
export function requestHeaders(headers: HeaderList, endOfStream: boolean, beside: Beside = {}): Uint8Array {
  const { protocol = { request_body_mode: BUFFERED, response_body_mode: BUFFERED } } = beside;
  return encodeProcessingRequest({
    request_headers: block(headers, endOfStream),
    ...around(beside),
    ...(protocol === null ? {} : { protocol_config: protocol }),
  });
}

/** The same of a reply. */
export function responseHeaders(headers: HeaderList, endOfStream: boolean, beside: Beside = {}): Uint8Array {
  return encodeProcessingRequest({ response_headers: block(headers, endOfStream), ...around(beside) });
}

export function requestBody(body: string | Uint8Array, endOfStream = true): Uint8Array {
  return encodeProcessingRequest({ request_body: { body: Buffer.from(body), end_of_stream: endOfStream } });
}

export function responseBody(body: string | Uint8Array, endOfStream = true): Uint8Array {
  return encodeProcessingRequest({ response_body: { body: Buffer.from(body), end_of_stream: endOfStream } });
}

export function trailers(of: 'request' | 'response'): Uint8Array {
  return encodeProcessingRequest({ [`${of}_trailers`]: {} });
}

function block(headers: HeaderList, endOfStream: boolean): object {
  const list = headers.map(([key, value]) => ({ key, raw_value: Buffer.from(value, 'latin1') }));
  return { headers: { headers: list }, end_of_stream: endOfStream };
}

function around(beside: Beside): object {
  const { route = 'files', destination = '127.0.0.1:8800', codeDetails, hold, observability = false } = beside;
  const { certificate } = beside;
  const text = (value: string): object => ({ stringValue: value });
  const fields = {
    'xds.route_name': text(route),
    'source.address': text('10.1.2.3:41000'),
    'destination.address': text(destination),
    'destination.port': { numberValue: Number(destination.split(':').at(-1)) },
    ...(codeDetails === undefined ? {} : { 'response.code_details': text(codeDetails) }),
    ...(certificate === undefined ? {} : { 'connection.peer_certificate': text(certificate) }),
  };
  const metadata = hold === undefined ? {} : { 'envoy.filters.http.ext_authz': { fields: { hold: text(hold) } } };
  return {
    attributes: { 'envoy.filters.http.ext_proc': { fields } },
    metadata_context: { filter_metadata: metadata },
    observability_mode: observability,
  };
}

/** What Envoy was told, as far as tests look. */
export interface Told {
  readonly kind: string;
  /** Of an immediate answer: its status. */
  readonly status?: number;
  /** Whole text of a body that replaces, streams or is sent instead. */
  readonly text?: string;
  readonly endOfStream?: boolean;
  readonly set: Readonly<Record<string, string>>;
  readonly remove: readonly string[];
  readonly responseBodyMode?: string;
  readonly metadata: string;
}

// oxlint-disable typescript/no-explicit-any -- whatever the oracle reads

/** Reads an answer with the library that is not ours. */
export function toldIn(bytes: Uint8Array): Told {
  const answer = decodeProcessingResponse(bytes) as any;
  const kind: string = answer.response;
  const said = answer[kind];
  const common = said?.response ?? said;
  const mutation = kind === 'immediate_response' ? said.headers : common?.header_mutation;
  const body = common?.body_mutation;
  const streamed = body?.streamed_response;
  const replaced = kind === 'immediate_response' ? said.body : (streamed?.body ?? body?.body);
  const mode = answer.mode_override?.response_body_mode;
  return {
    kind,
    ...(kind === 'immediate_response' ? { status: said.status.code } : {}),
    ...(replaced === undefined || replaced === null ? {} : { text: Buffer.from(replaced).toString() }),
    ...(streamed === undefined || streamed === null ? {} : { endOfStream: streamed.end_of_stream }),
    set: Object.fromEntries(
      (mutation?.set_headers ?? []).map(({ header }: any) => [header.key, header.raw_value.toString('latin1')]),
    ),
    remove: mutation?.remove_headers ?? [],
    ...(mode === undefined ? {} : { responseBodyMode: BODY_MODES[mode] ?? 'none' }),
    metadata: JSON.stringify(answer.dynamic_metadata ?? null),
  };
}

// oxlint-enable typescript/no-explicit-any

/** A call of Envoy's, in memory. */
export interface FakeCall extends StreamCall {
  readonly sent: Uint8Array[];
  readonly told: () => readonly Told[];
  /** Sends one more message. */
  say(message: Uint8Array): void;
  /** Half-closes. */
  finish(): void;
  /** Goes away. */
  cancel(): void;
  /** Messages that nobody has read. */
  unread(): number;
  /** Makes every later `send` wait. */
  stall(): void;
  /** Waits until `count` answers were sent. */
  until(count: number): Promise<readonly Told[]>;
}

export function fakeCall(): FakeCall {
  const gone = new AbortController();
  const queue: Uint8Array[] = [];
  const sent: Uint8Array[] = [];
  let wake = Promise.withResolvers<void>();
  let finished = false;
  let stalled = false;
  const poke = (): void => {
    wake.resolve();
    wake = Promise.withResolvers<void>();
  };
  async function* messages(): AsyncGenerator<Uint8Array> {
    for (;;) {
      if (gone.signal.aborted) throw new GrpcError(GRPC_CODE.CANCELLED, 'the caller has gone');
      const next = queue.shift();
      if (next !== undefined) yield next;
      else if (finished) return;
      else await wake.promise;
    }
  }
  const told = (): readonly Told[] => sent.map(toldIn);
  return {
    metadata: [],
    deadlineMs: undefined,
    signal: gone.signal,
    messages: messages(),
    sent,
    told,
    async send(message) {
      sent.push(message);
      if (stalled) await Promise.withResolvers<never>().promise;
    },
    say(message) {
      queue.push(message);
      poke();
    },
    finish() {
      finished = true;
      poke();
    },
    cancel() {
      gone.abort();
      poke();
    },
    unread: () => queue.length,
    stall: () => void (stalled = true),
    async until(count) {
      for (let turns = 0; sent.length < count && turns < 10_000; turns += 1) await nextTurn();
      return told();
    },
  };
}
