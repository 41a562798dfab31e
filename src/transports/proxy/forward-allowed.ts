import type { Facts } from '../../decision/facts.ts';
import type { Handled } from '../../decision/handle.ts';
import { deny, type Refusal } from '../../decision/verdict.ts';
import type { Arrival } from './arrival.ts';
import { type Exchange, isOpenEnded, type OutcomeOnce } from './exchange.ts';
import { forward } from './forward.ts';
import type { ProxyServer } from './proxy-assembly.ts';
import { watchStream } from './stream-watch.ts';
import { writeReply } from './write-reply.ts';
import { writeRefusal } from '../refusal/write-refusal.ts';

export interface Allowed<F extends Facts> {
  readonly arrival: Arrival<F>;
  readonly server: ProxyServer;
  readonly handled: Handled<F>;
  readonly facts: F;
  readonly outcome: OutcomeOnce;
  /** Aborts when the client has gone, and is aborted to end the upstream request. */
  readonly gone: AbortController;
}

/**
 * Forwards an allowed call under watch, and gives back what it held when it is over.
 *
 * @throws what nothing here should throw; the call then counts as undelivered.
 */
export async function forwardAllowed<F extends Facts>(allowed: Allowed<F>): Promise<void> {
  const { arrival, handled, facts, outcome, gone } = allowed;
  try {
    if (gone.signal.aborted) return await giveUp(allowed, 'the caller has gone');
    const place = isOpenEnded(facts.call) ? arrival.door.streams.take(facts.identity.principal) : null;
    if (place === 'full') return await turnAway(allowed);
    using _place = place;
    await forwardWatched(allowed);
  } catch (error) {
    outcome.report('undelivered');
    throw error;
  } finally {
    await handled.release();
  }
}

/** Nothing was sent: what was taken from limits is given back, too. */
async function giveUp<F extends Facts>({ handled, outcome }: Allowed<F>, operatorDetail: string): Promise<void> {
  outcome.report('undelivered', { operatorDetail });
  await handled.withdraw();
}

/** The caller has as many open streams as one may have. */
async function turnAway<F extends Facts>(allowed: Allowed<F>): Promise<void> {
  const { arrival, server, facts } = allowed;
  const { received, response } = arrival;
  const refusal = deny('admit', 'overload.busy', { message: 'You have too many open streams.' });
  await giveUp(allowed, 'too many open streams');
  writeReply(response, writeRefusal({ received, refusal, call: facts.call, server }));
}

async function forwardWatched<F extends Facts>(allowed: Allowed<F>): Promise<void> {
  const { arrival, server, facts, outcome, gone } = allowed;
  const { door, received, response, assembly } = arrival;
  if (facts.call.kind === 'end-session') assembly.sessions.end(facts);
  let ending: Refusal | undefined;
  const end = (refusal: Refusal): void => {
    ending ??= refusal;
    gone.abort();
  };
  const { current, clock, draining, stopping } = door;
  const { sessions, superseded } = assembly;
  using watch = watchStream({ facts, received, server, current, superseded, clock, draining, stopping, end });
  const exchange: Exchange<F> = {
    received,
    facts,
    server,
    response,
    sessions,
    judge: () => watch.judge(),
    stop: gone,
    ending: () => ending,
    outcome,
  };
  await forward(exchange, door.upstreams.dispatcherFor(server.upstream));
}
