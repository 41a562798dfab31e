import { once } from 'node:events';
import { type ClientHttp2Session, type ClientHttp2Stream, connect, type OutgoingHttpHeaders } from 'node:http2';
import { connect as connectSocket } from 'node:net';
import { MessageQueue } from './message-queue.ts';

/** A call with streams of messages. */
export interface GrpcStream {
  /** Resolves when more may be sent. */
  send(message: Uint8Array): Promise<void>;
  /** The next message. @throws when the call ends without one. */
  next(): Promise<Buffer>;
  /** Says that nothing more comes, and waits for status OK. */
  end(): Promise<void>;
}

/** One HTTP/2 connection to a gRPC server on a Unix socket: no more than a load generator needs. */
export interface GrpcConnection {
  /** @throws when the call does not end with status OK and one message. */
  unary(path: string, message: Uint8Array): Promise<Buffer>;
  stream(path: string): GrpcStream;
  close(): Promise<void>;
}

const LARGEST_WINDOW = 2 ** 31 - 1;

/** Connects. `headers` go with each call, beside those of gRPC. */
export async function openConnection(
  socketPath: string,
  headers: Readonly<Record<string, string>>,
): Promise<GrpcConnection> {
  const session = connect('http://sallyport', {
    createConnection: () => connectSocket(socketPath),
    // As Envoy has it: 256 MiB.
    settings: { initialWindowSize: 2 ** 28 },
  });
  await once(session, 'connect');
  session.setLocalWindowSize(LARGEST_WINDOW);
  return {
    unary: (path, message) => unary(open(session, path, { ...headers, 'grpc-timeout': '2500m' }), message),
    stream: (path) => stream(open(session, path, headers)),
    async close() {
      session.destroy();
      if (!session.closed) await once(session, 'close');
    },
  };
}

function open(session: ClientHttp2Session, path: string, headers: OutgoingHttpHeaders): ClientHttp2Stream {
  return session.request(
    { ':method': 'POST', ':path': path, 'te': 'trailers', 'content-type': 'application/grpc', ...headers },
    { endStream: false },
  );
}

async function unary(call: ClientHttp2Stream, message: Uint8Array): Promise<Buffer> {
  const replies = new MessageQueue();
  call.end(framed(message));
  await ended(call, replies);
  const [reply, ...others] = replies.waiting;
  if (reply === undefined || others.length > 0) throw new Error(`${replies.waiting.length} replies to a unary call`);
  return reply;
}

function stream(call: ClientHttp2Stream): GrpcStream {
  const replies = new MessageQueue();
  const over = ended(call, replies);
  over.then(
    () => replies.fail(new Error('the call ended early')),
    (error: unknown) => replies.fail(error),
  );
  return {
    async send(message) {
      if (!call.write(framed(message))) await once(call, 'drain');
    },
    next: () => replies.next(),
    async end() {
      call.end();
      await over;
    },
  };
}

/** Resolves when the call is over with status OK. */
function ended(call: ClientHttp2Stream, replies: MessageQueue): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let status: unknown = 'no status';
  const note = (headers: Record<string, unknown>): void => void (status = headers['grpc-status'] ?? status);
  call.on('response', note);
  call.on('trailers', note);
  call.on('data', (chunk: Buffer) => replies.push(chunk));
  call.on('error', reject);
  call.on('close', () => (status === '0' ? resolve() : reject(new Error(`grpc-status ${String(status)}`))));
  return promise;
}

/** `message` with its prefix. */
function framed(message: Uint8Array): Buffer {
  const whole = Buffer.allocUnsafe(message.length + 5);
  whole[0] = 0;
  whole.writeUInt32BE(message.length, 1);
  whole.set(message, 5);
  return whole;
}
