import type { IncomingMessage } from 'node:http';
import type { ByteBudget, ByteLease } from '../reply/byte-budget.ts';
import { mayBeLarge } from './read-body.ts';

/** On whose account small bodies are read of senders that nobody has looked at yet: they are one sender, with his share. */
const STRANGERS = 'strangers';

/**
 * Room for a body that is small by its own word, whoever sends it: all of it, before a byte is read.
 *
 * @returns `undefined` when it may be large, or strangers hold their whole share: then it is to be asked first who sends it.
 */
export function leaseSmallBody(request: Pick<IncomingMessage, 'headers'>, bodies: ByteBudget): ByteLease | undefined {
  if (mayBeLarge(request)) return undefined;
  const reserved = Number(request.headers['content-length'] ?? 0);
  const lease = bodies.lease(STRANGERS);
  if (!lease.resize(reserved)) return undefined;
  return {
    resize: (bytes) => bytes <= reserved || lease.resize(bytes),
    [Symbol.dispose]: () => lease[Symbol.dispose](),
  };
}
