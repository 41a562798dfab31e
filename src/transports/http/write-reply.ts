import type { ServerResponse } from 'node:http';
import type { Writable } from 'node:stream';
import type { Reply } from '../refusal/reply.ts';

/** Time that a client gets to read anything at all, milliseconds. */
const LINGER_MS = 10_000;

/** The slowest that a client may read, bytes in a second: what it does not read stays in memory here. */
const MIN_READ_RATE = 64 * 1024;

/**
 * Sends a whole reply; a client that does not read it in time is cut off. Does nothing when the client has gone or another
 * reply has begun.
 */
export function writeReply(response: ServerResponse, { status, headers, body, close }: Reply): void {
  if (response.headersSent || response.destroyed) return;
  if (close === true) response.shouldKeepAlive = false;
  response.writeHead(status, [...headers.flat(), 'content-length', String(body.byteLength)]);
  response.end(body);
  cutUnlessRead(response, body.byteLength);
}

/** Ends the response with `last`, and the connection too when the client does not read it. */
export function endStream(response: ServerResponse, last?: Uint8Array): void {
  if (response.destroyed || response.writableEnded) return;
  response.end(last);
  cutUnlessRead(response, response.writableLength);
}

/** Cuts the connection unless the response is read in the time that `bytes` may take. */
function cutUnlessRead(response: ServerResponse, bytes: number): void {
  const timer = setTimeout(() => response.destroy(), timeToRead(bytes));
  response.once('close', () => clearTimeout(timer));
}

/** In whole seconds: Node keeps a list for each length of timers, and most replies then share one. */
function timeToRead(bytes: number): number {
  return LINGER_MS + Math.floor(bytes / MIN_READ_RATE) * 1000;
}

/**
 * Writes and waits until there is room for more, or the client or `stop` ends it. A client that does not read in time is cut
 * off.
 */
export async function writeChunk(response: Writable, bytes: Uint8Array, stop: AbortSignal): Promise<void> {
  if (response.write(bytes) || response.destroyed || stop.aborted) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  const go = (): void => resolve();
  const timer = setTimeout(() => response.destroy(), timeToRead(response.writableLength));
  response.once('drain', go).once('close', go);
  stop.addEventListener('abort', go, { once: true });
  await promise;
  clearTimeout(timer);
  response.off('drain', go).off('close', go);
  stop.removeEventListener('abort', go);
}
