import { once } from 'node:events';
import { type ClientHttp2Session, type ClientHttp2Stream, connect, type IncomingHttpHeaders } from 'node:http2';
import { connect as connectSocket } from 'node:net';
import { type ChannelCredentials, Client, credentials, Metadata } from '@grpc/grpc-js';
import type { GrpcAddress } from './grpc-server.ts';

/** How a call ended for its caller. */
export interface Ended {
  /** `grpc-status`; -1 when there was none. */
  readonly code: number;
  readonly message: string;
  readonly reply: Buffer | undefined;
}

export interface CallOptions {
  readonly deadlineMs?: number;
  readonly metadata?: readonly [string, string][];
}

/** A call with streams of messages, by the official client. */
export interface OfficialStream {
  /** What has come so far. */
  readonly received: Buffer[];
  readonly ended: Promise<Omit<Ended, 'reply'>>;
  send(message: Uint8Array): void;
  halfClose(): void;
  cancel(): void;
}

/** The official client of `@grpc/grpc-js`. */
export interface OfficialClient {
  call(path: string, request: Uint8Array, options?: CallOptions): Promise<Ended>;
  /** A call that can be cancelled. */
  begin(path: string, request: Uint8Array): { readonly ended: Promise<Ended>; cancel(): void };
  stream(path: string, options?: CallOptions): OfficialStream;
  close(): void;
}

/** What a client shows, in PEM, and whom it trusts. */
export interface ClientTls {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

/** Connects to `address` as any gRPC client would. */
export function officialClient(address: GrpcAddress, tls?: ClientTls): OfficialClient {
  const target = address.kind === 'socket' ? `unix:${address.path}` : `${address.host}:${address.port}`;
  const client = new Client(target, credentialsOf(tls), {
    'grpc.enable_retries': 0,
    'grpc.max_receive_message_length': -1,
    ...(tls && { 'grpc.ssl_target_name_override': 'localhost' }),
  });
  const start = (path: string, request: Uint8Array, metadata: Metadata, deadline?: number) => {
    const { promise, resolve } = Promise.withResolvers<Ended>();
    const bytes = Buffer.from(request);
    const call = client.makeUnaryRequest<Buffer, Buffer>(
      path,
      (x) => x,
      (x) => x,
      bytes,
      metadata,
      { ...(deadline && { deadline }) },
      (error, reply) => resolve({ code: error?.code ?? 0, message: error?.details ?? '', reply }),
    );
    return { ended: promise, cancel: () => call.cancel() };
  };
  return {
    call: (path, request, options = {}) => start(path, request, metadataOf(options), deadlineOf(options)).ended,
    begin: (path, request) => start(path, request, new Metadata()),
    stream: (path, options) => officialStream(client, path, options),
    close: () => client.close(),
  };
}

function credentialsOf(tls: ClientTls | undefined): ChannelCredentials {
  if (tls === undefined) return credentials.createInsecure();
  return credentials.createSsl(Buffer.from(tls.ca), Buffer.from(tls.key), Buffer.from(tls.cert));
}

function officialStream(client: Client, path: string, options: CallOptions = {}): OfficialStream {
  const deadline = deadlineOf(options);
  const call = client.makeBidiStreamRequest<Buffer, Buffer>(
    path,
    (x) => x,
    (x) => x,
    metadataOf(options),
    { ...(deadline && { deadline }) },
  );
  const received: Buffer[] = [];
  const { promise, resolve } = Promise.withResolvers<Omit<Ended, 'reply'>>();
  call.on('data', (message: Buffer) => received.push(message));
  call.on('error', () => {});
  call.on('status', ({ code, details }) => resolve({ code, message: details }));
  return {
    received,
    ended: promise,
    send: (message) => void call.write(Buffer.from(message)),
    halfClose: () => call.end(),
    cancel: () => call.cancel(),
  };
}

function metadataOf({ metadata = [] }: CallOptions): Metadata {
  const sent = new Metadata();
  for (const [name, value] of metadata) sent.add(name, value);
  return sent;
}

function deadlineOf({ deadlineMs }: CallOptions): number | undefined {
  return deadlineMs === undefined ? undefined : Date.now() + deadlineMs;
}

/** What came back on one stream. */
export interface Answer extends Ended {
  readonly httpStatus: number;
  /** How the stream was reset, 0: it was not. */
  readonly rstCode: number;
  readonly headers: IncomingHttpHeaders;
  /** All messages with their prefixes. */
  readonly body: Buffer;
}

/** A client that says exactly what it is told, over node:http2. */
export interface PlainClient {
  readonly session: ClientHttp2Session;
  /** Opens a stream; `headers` are added to those of a correct call, or replace them. */
  open(headers?: Record<string, string>): ClientHttp2Stream;
  /** Sends the chunks one by one, then the end. */
  send(chunks: readonly Uint8Array[], headers?: Record<string, string>): Promise<Answer>;
  close(): Promise<void>;
}

export const ECHO = '/test.Service/Echo';

/** Connects to `address` without any gRPC of its own. */
export async function plainClient(address: GrpcAddress, settings = {}): Promise<PlainClient> {
  const session = connect('http://server', {
    createConnection: () =>
      address.kind === 'socket' ? connectSocket(address.path) : connectSocket(address.port, address.host),
    settings,
  });
  session.on('error', () => {});
  await once(session, 'remoteSettings');
  const open = (headers: Record<string, string> = {}): ClientHttp2Stream => {
    const stream = session.request(
      { ':method': 'POST', ':path': ECHO, 'content-type': 'application/grpc', 'te': 'trailers', ...headers },
      { endStream: false },
    );
    stream.on('error', () => {});
    return stream;
  };
  return {
    session,
    open,
    async send(chunks, headers) {
      const stream = open(headers);
      const answer = answerOf(stream);
      for (const chunk of chunks) stream.write(chunk);
      stream.end();
      return answer;
    },
    async close() {
      if (session.destroyed) return;
      session.destroy();
      await once(session, 'close');
    },
  };
}

/** What comes back on `stream`, once it is over. */
export async function answerOf(stream: ClientHttp2Stream): Promise<Answer> {
  let headers: IncomingHttpHeaders = {};
  let trailers: IncomingHttpHeaders = {};
  const chunks: Buffer[] = [];
  stream.on('response', (found) => (headers = found));
  stream.on('trailers', (found) => (trailers = found));
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  if (!stream.destroyed) await once(stream, 'close').catch(() => {});
  const body = Buffer.concat(chunks);
  const status = { ...headers, ...trailers };
  return {
    code: Number(status['grpc-status'] ?? -1),
    message: decodeURIComponent(String(status['grpc-message'] ?? '')),
    reply: body.length < 5 ? undefined : body.subarray(5),
    httpStatus: Number(headers[':status'] ?? 0),
    rstCode: stream.rstCode,
    headers,
    body,
  };
}

/** `message` with its prefix. */
export function frame(message: Uint8Array, flag = 0): Buffer {
  const prefix = Buffer.from([flag, 0, 0, 0, 0]);
  prefix.writeUInt32BE(message.length, 1);
  return Buffer.concat([prefix, message]);
}

/** The messages that `bytes` has, which must be whole. */
export function messagesOf(bytes: Buffer): Buffer[] {
  const messages: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += 5 + bytes.readUInt32BE(at + 1)) {
    messages.push(bytes.subarray(at + 5, at + 5 + bytes.readUInt32BE(at + 1)));
  }
  return messages;
}

/** Cuts `bytes` at the places given, modulo its length. */
export function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const at = [0, ...places.map((place) => place % (bytes.length + 1)).toSorted((a, b) => a - b), bytes.length];
  return at.slice(1).map((end, index) => bytes.subarray(at[index], end));
}

/** The prefix of a message of `length` bytes, without them. */
export function prefixOf(length: number): Buffer {
  const prefix = Buffer.alloc(5);
  prefix.writeUInt32BE(length, 1);
  return prefix;
}
