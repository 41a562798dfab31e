import type { ServerResponse } from 'node:http';
import type { Writable } from 'node:stream';
import type { Reply } from '../refusal/reply.ts';

/** Milliseconds a client gets to read the last bytes before its connection is cut. */
const LINGER_MS = 5000;

/** Sends a whole reply. Does nothing when the client has gone or another reply has begun. */
export function writeReply(response: ServerResponse, { status, headers, body, close }: Reply): void {
  if (response.headersSent || response.destroyed) return;
  if (close === true) response.shouldKeepAlive = false;
  response.writeHead(status, [...headers.flat(), 'content-length', String(body.byteLength)]);
  response.end(body);
  if (close === true) cutWhenRead(response);
}

/** Ends the response with `last`, and the connection too when the client does not read it. */
export function endStream(response: ServerResponse, last?: Uint8Array): void {
  if (response.destroyed || response.writableEnded) return;
  response.end(last);
  cutWhenRead(response);
}

function cutWhenRead(response: ServerResponse): void {
  const timer = setTimeout(() => response.destroy(), LINGER_MS);
  response.once('close', () => clearTimeout(timer));
}

/** Writes and waits until there is room for more, or the client or `stop` ends it. */
export async function writeChunk(response: Writable, bytes: Uint8Array, stop: AbortSignal): Promise<void> {
  if (response.write(bytes) || response.destroyed || stop.aborted) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  const go = (): void => resolve();
  response.once('drain', go).once('close', go);
  stop.addEventListener('abort', go, { once: true });
  await promise;
  response.off('drain', go).off('close', go);
  stop.removeEventListener('abort', go);
}
