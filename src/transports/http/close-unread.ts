import type { IncomingMessage } from 'node:http';
import type { Reply } from '../refusal/reply.ts';
import { mayBeLarge } from './read-body.ts';

/** `reply`, after which the connection ends when there is a large body that nobody has read: it is not read to throw it away. */
export function closeUnread(request: Pick<IncomingMessage, 'complete' | 'headers'>, reply: Reply): Reply {
  return !request.complete && mayBeLarge(request) ? { ...reply, close: true } : reply;
}
