import { type ReadCall, readCallAsync, type ServerTraits } from '../call/read-call.ts';
import type { ParserPool } from '../call/parser-pool.ts';
import type { Received } from '../call/received.ts';
import type { Identity } from '../decision/facts.ts';
import type { Found, Refusal } from '../decision/verdict.ts';

export interface KnownReading {
  readonly traits: ServerTraits;
  readonly parser: ParserPool;
  /** Says who sends. */
  readonly identify: () => Promise<Found<Identity>>;
}

/**
 * Reads a call; one that is too large for the event loop only when its sender is known, and in a line of his own. The checks come
 * to the same answer about him later: this keeps strangers, and callers who send much, from keeping the threads busy for all.
 *
 * @returns Why its sender is refused, when he is.
 */
export async function readOfKnown(
  received: Received,
  { traits, parser, identify }: KnownReading,
): Promise<ReadCall | Refusal> {
  let refused: Refusal | undefined;
  const read = await readCallAsync(received, traits, {
    async parse(bytes, limits) {
      const sender = await identify();
      if (sender.kind === 'found') return await parser.for(sender.value.principal).parse(bytes, limits);
      refused = sender;
      return { kind: 'failed', reason: 'fault.internal' };
    },
  });
  return refused ?? read;
}
