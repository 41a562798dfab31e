import { chmod, lstat, mkdir, stat, unlink } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { dirname } from 'node:path';
import { collectBytes } from '../http/collect-bytes.ts';
import { isServed } from '../http/is-served.ts';
import { createByteBudget } from '../reply/byte-budget.ts';
import { answer, type AnswerSources } from './write-answer.ts';

export interface OperatorServer {
  /** Stops listening and removes the socket. */
  close(): Promise<void>;
}

export interface OperatorServerOptions extends AnswerSources {
  /** Where the socket is made, in a directory that others cannot write to. At most 107 bytes, the limit of the operating system. */
  readonly socketPath: string;
  /** `/metrics` for who accepts OpenMetrics. Default: as for everybody. */
  readonly openMetrics?: AnswerSources['metrics'];
}

/** Another process serves the same state directory. */
export class AlreadyServedError extends Error {
  override readonly name = 'AlreadyServedError';
}

const MAX_SOCKET_PATH = 107;
const MAX_BODY_BYTES = 16 * 1024;

/**
 * Serves `/livez`, `/readyz`, `/metrics`, `/breakers`, `/budgets`, `/stops`, `/limits` and `/log-levels` on a Unix socket that only
 * its owner can connect to.
 *
 * The socket is also the lock of the state directory: a stale one is replaced, one that answers is not.
 *
 * @throws AlreadyServedError when a process answers there; what the operating system said when it cannot be made.
 */
export async function startOperatorServer(options: OperatorServerOptions): Promise<OperatorServer> {
  const { socketPath, openMetrics, ...sources } = options;
  if (Buffer.byteLength(socketPath) > MAX_SOCKET_PATH) {
    throw new Error(`${socketPath}: longer than the ${MAX_SOCKET_PATH} bytes that a Unix socket may have`);
  }
  await prepareDirectory(dirname(socketPath));
  await removeStale(socketPath);
  const server = createServer({ maxHeaderSize: 8192, requestTimeout: 5000 }, (request, response) => {
    const metrics = wantsOpenMetrics(request) ? (openMetrics ?? sources.metrics) : sources.metrics;
    void serve(request, response, { ...sources, metrics });
  });
  server.maxConnections = 16;
  await listen(server, socketPath);
  await chmod(socketPath, 0o600);
  server.unref();
  return { close: () => close(server) };
}

/** Prometheus says so; who reads `/metrics` by hand does not. */
function wantsOpenMetrics({ headers }: IncomingMessage): boolean {
  return headers.accept?.includes('application/openmetrics-text') === true;
}

/** Whoever can write to the directory could put a socket of his own there. */
async function prepareDirectory(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 });
  if (((await stat(path)).mode & 0o022) !== 0) throw new Error(`${path}: others can write to it; make it mode 0700`);
}

/** Never rejects. */
async function serve(request: IncomingMessage, response: ServerResponse, sources: AnswerSources): Promise<void> {
  try {
    const asked = { method: request.method ?? '', path: pathOf(request.url), body: await bodyOf(request) };
    const { status, contentType, body } = await answer(asked, sources);
    response.writeHead(status, { 'content-type': contentType, 'cache-control': 'no-store' });
    response.end(request.method === 'HEAD' ? undefined : body);
  } catch {
    response.writeHead(500).end();
  }
}

/** @throws when it is longer than any wish. */
async function bodyOf(request: IncomingMessage): Promise<Uint8Array> {
  if (request.method !== 'POST') return new Uint8Array(0);
  const lease = createByteBudget(MAX_BODY_BYTES).lease();
  const collected = await collectBytes(request, { maxBytes: MAX_BODY_BYTES, lease });
  if (collected.kind !== 'bytes') throw new Error('the body is too long');
  return collected.bytes;
}

function pathOf(url: string | undefined): string {
  return (url ?? '').split('?', 1)[0] ?? '';
}

/**
 * To be called before anything in the state directory is opened: two processes must not repair the same record.
 *
 * @throws AlreadyServedError when a process answers at `socketPath`.
 */
export async function refuseIfServed(socketPath: string): Promise<void> {
  const found = await lstat(socketPath).catch(() => undefined);
  if (found?.isSocket() === true && (await isServed(socketPath))) {
    throw new AlreadyServedError(`${socketPath}: another sallyport serves from this state directory`);
  }
}

async function removeStale(socketPath: string): Promise<void> {
  const found = await lstat(socketPath).catch(() => undefined);
  if (found === undefined) return;
  if (!found.isSocket()) throw new Error(`${socketPath}: is there and is not a socket`);
  await refuseIfServed(socketPath);
  await unlink(socketPath);
}

function listen(server: Server, socketPath: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(socketPath, resolve);
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
