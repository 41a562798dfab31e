import type { Facts } from '../../decision/facts.ts';
import type { Handled } from '../../decision/handle.ts';
import { deny, fault, type Refusal } from '../../decision/verdict.ts';
import type { Arrival } from './arrival.ts';
import type { Exchange } from './exchange.ts';
import { forward } from './forward.ts';
import type { ProxyServer } from './proxy-assembly.ts';
import type { OutcomeOnce } from '../reply/outcome-once.ts';
import { takePlaces } from '../reply/take-places.ts';
import { watchStream } from '../reply/watch-stream.ts';
import { writeReply } from '../http/write-reply.ts';
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
  const { handled, outcome, gone } = allowed;
  try {
    if (gone.signal.aborted) return await giveUp(allowed, 'the caller has gone');
    using held = new DisposableStack();
    const full = await takeAll(allowed, held);
    if (full !== undefined) return await turnAway(allowed, full);
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

const UPSTREAM_BUSY = deny('admit', 'upstream.busy', {}, 'no connection came free');

/** Takes what the call needs while it runs. @returns What to answer when there is no room, or other rules meanwhile. */
async function takeAll<F extends Facts>(
  { arrival, server, facts, gone }: Allowed<F>,
  held: DisposableStack,
): Promise<Refusal | undefined> {
  const { door, assembly } = arrival;
  const { places, maxStreamsPerPrincipal, upstreams } = door;
  const refusal = takePlaces({ places, maxStreamsPerPrincipal, server, sessions: assembly.sessions }, facts, held);
  if (refusal !== undefined) return refusal;
  const connection = await upstreams.enter(server, gone.signal);
  if (connection === 'busy') return UPSTREAM_BUSY;
  held.use(connection);
  // To wait for it may have taken long: the rules of now need not be those that cleared the call.
  return assembly.superseded.aborted ? fault('record', 'fault.reloaded') : undefined;
}

/** The call was allowed, and it is not sent. */
async function turnAway<F extends Facts>(allowed: Allowed<F>, refusal: Refusal): Promise<void> {
  const { arrival, server, facts } = allowed;
  const { received, response } = arrival;
  await giveUp(allowed, refusal.operatorDetail ?? refusal.reason);
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
    lease: arrival.held.use(door.memory.replies.lease(facts.identity.principal)),
  };
  await forward(exchange, door.upstreams.dispatcherFor(server));
}
