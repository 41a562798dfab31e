import type { Received } from '../../call/received.ts';
import type { Identity } from '../../decision/facts.ts';
import { type Found, found } from '../../decision/verdict.ts';
import type { EntryAssembly } from './entry-assembly.ts';

type Identifying = Pick<EntryAssembly, 'identify' | 'deadlineMs'>;

/** Who may call, and the audience of their tokens. */
export interface Callers {
  /** Whether callers need a token. */
  readonly identity: 'token' | 'anonymous';
  readonly resource: string | undefined;
}

/** Who sends a request, where callers need a token; `undefined` is found where they need none. */
export async function identifyCaller(
  assembly: Identifying,
  received: Received,
  { identity, resource }: Callers,
): Promise<Found<Identity | undefined>> {
  if (identity === 'anonymous') return found(undefined);
  return await assembly.identify(received, { resource }, AbortSignal.timeout(assembly.deadlineMs));
}
