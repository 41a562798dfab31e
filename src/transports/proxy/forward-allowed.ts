import type { Facts } from '../../decision/facts.ts';
import type { Handled } from '../../decision/handle.ts';
import { deny, type Refusal } from '../../decision/verdict.ts';
import type { Arrival } from './arrival.ts';
import { type Exchange, isOpenEnded, type OutcomeOnce } from './exchange.ts';
import { forward } from './forward.ts';
import type { ProxyServer } from './proxy-assembly.ts';
import { watchStream } from './stream-watch.ts';
import { writeReply } from './write-reply.ts';
import { writeRefusal } from './write-refusal.ts';

export interface Allowed<F extends Facts> {
  readonly arrival: Arrival<F>;
  readonly server: ProxyServer;
  readonly handled: Handled<F>;
  readonly facts: F;
  readonly outcome: OutcomeOnce;
  /** Aborts when the client has gone, and is aborted to end the upstream request. */
  readonly gone: AbortController;
}

/** The caller has as many open streams as one may: nothing is sent, and what was taken is given back. */
async function turnAway<F extends Facts>({ arrival, server, handled, facts, outcome }: Allowed<F>): Promise<void> {
  const { received, response } = arrival;
  const refusal = deny('admit', 'overload.busy', { message: 'You have too many open streams.' });
  outcome.report('undelivered', { operatorDetail: 'too many open streams' });
  await handled.withdraw();
  writeReply(response, writeRefusal({ received, refusal, call: facts.call, server }));
}

/** Forwards an allowed call under watch, and gives back what it held when it is over. */
export async function forwardAllowed<F extends Facts>(allowed: Allowed<F>): Promise<void> {
  const { arrival, server, handled, facts, outcome, gone } = allowed;
  if (gone.signal.aborted) {
    outcome.report('undelivered');
    return await handled.withdraw();
  }
  using place = isOpenEnded(facts.call) ? arrival.door.streams.take(facts.identity.principal) : undefined;
  if (place === 'full') return await turnAway(allowed);
  if (facts.call.kind === 'end-session') arrival.assembly.sessions.end(facts);
  const { door, received, response, assembly } = arrival;
  let ending: Refusal | undefined;
  const end = (refusal: Refusal): void => {
    ending ??= refusal;
    gone.abort();
  };
  const { current, clock, draining, stopping } = door;
  const { superseded } = assembly;
  using watch = watchStream({ facts, received, server, current, superseded, clock, draining, stopping, end });
  const exchange: Exchange<F> = {
    received,
    facts,
    server,
    response,
    sessions: assembly.sessions,
    judge: () => watch.judge(),
    stop: gone,
    ending: () => ending,
    outcome,
  };
  try {
    await forward(exchange, door.upstreams.dispatcherFor(server.upstream));
  } finally {
    await handled.release();
  }
}
