import { randomUUIDv7 } from 'node:crypto';
import type { Peer, Received } from '../../call/received.ts';

/** Under which an exchange is recorded that names no server. No catalogued server can have this name. */
const UNROUTED = '_unrouted';

/**
 * An exchange of which nothing is known yet but who is there: what cannot be read is refused and recorded as this. The decision
 * id is a UUIDv7 (RFC 9562 §5.7).
 */
export function blankReceived(nowMs: number, peer: Peer = { address: '' }): Received {
  return {
    decisionId: randomUUIDv7(),
    server: UNROUTED,
    httpMethod: '',
    headers: [],
    body: undefined,
    peer,
    receivedAtMs: nowMs,
  };
}
