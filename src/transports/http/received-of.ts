import type { IncomingMessage } from 'node:http';
import type { HeaderList, Peer, Received } from '../../call/received.ts';
import { blankReceived } from '../request/blank-received.ts';

/** The exchange as the core sees it, without its body yet. */
export function receivedOf(request: IncomingMessage, peer: Peer, nowMs: number): Received {
  const blank = blankReceived(nowMs, peer);
  return { ...blank, httpMethod: request.method ?? '', headers: headersOf(request.rawHeaders) };
}

/** Node gives name, value, name, value; repeats stay apart there, unlike in `request.headers`. */
function headersOf(raw: readonly string[]): HeaderList {
  const headers: (readonly [string, string])[] = [];
  for (let at = 0; at + 1 < raw.length; at += 2) headers.push([(raw[at] ?? '').toLowerCase(), raw[at + 1] ?? '']);
  return headers;
}
