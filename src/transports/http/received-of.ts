import { randomUUIDv7 } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { HeaderList, Peer, Received } from '../../call/received.ts';
import { UNROUTED } from '../request/unrouted.ts';

/** The exchange as the core sees it, without its body yet. The decision id is a UUIDv7 (RFC 9562 §5.7). */
export function receivedOf(request: IncomingMessage, peer: Peer, nowMs: number): Received {
  return {
    decisionId: randomUUIDv7(),
    server: UNROUTED,
    httpMethod: request.method ?? '',
    headers: headersOf(request.rawHeaders),
    body: undefined,
    peer,
    receivedAtMs: nowMs,
  };
}

/** Node gives name, value, name, value; repeats stay apart there, unlike in `request.headers`. */
function headersOf(raw: readonly string[]): HeaderList {
  const headers: (readonly [string, string])[] = [];
  for (let at = 0; at + 1 < raw.length; at += 2) headers.push([(raw[at] ?? '').toLowerCase(), raw[at + 1] ?? '']);
  return headers;
}
