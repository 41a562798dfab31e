import type { Facts } from '../../decision/facts.ts';
import type { Handled } from '../../decision/handle.ts';
import { stopSubjectOf } from '../../decision/stop-gate.ts';
import { deny, fault, type Refusal } from '../../decision/verdict.ts';
import type { Arrival } from './arrival.ts';
import type { Exchange } from './exchange.ts';
import { endFor, forward } from './forward.ts';
import { type Other, otherAfter, withOther } from './other-server.ts';
import type { ProxyServer } from './proxy-assembly.ts';
import type { Retrying } from './send-with-retries.ts';
import type { BadEnding } from '../reply/bad-ending.ts';
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
    const goal = goalOf(allowed);
    if (goal === undefined) return await turnAway(allowed, NOWHERE);
    using held = new DisposableStack();
    const taken = { held, connection: held.use(new DisposableStack()) };
    const full = await takeAll(allowed, goal, taken);
    if (full !== undefined) return await turnAway(allowed, full);
    await forwardWatched(allowed, goal, taken);
  } catch (error) {
    outcome.report('undelivered');
    throw error;
  } finally {
    await handled.release();
  }
}

/** What a call has while it runs. */
interface Taken {
  readonly held: DisposableStack;
  /** Its place among the connections of the first server: given back before another one is called. */
  readonly connection: DisposableStack;
}

const NOWHERE = fault('record', 'fault.internal', new Error('the server to call instead cannot be called'));

/** The server that the call goes to: its own, or the one that takes its place. What is for one alone does not go to another. */
function goalOf<F extends Facts>({ arrival, server, facts }: Allowed<F>): ProxyServer | undefined {
  const { permit, approval, credential, handles } = facts;
  if (permit.instead === undefined) return server;
  const forOne = approval.kind !== 'not-required' || credential.kind !== 'none' || handles.headers.size > 0;
  return forOne ? undefined : arrival.assembly.serverNamed(permit.instead.server);
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
  goal: ProxyServer,
  taken: Taken,
): Promise<Refusal | undefined> {
  const { door, assembly } = arrival;
  const { places, maxStreamsPerPrincipal, upstreams } = door;
  const refusal = takePlaces(
    { places, maxStreamsPerPrincipal, server, sessions: assembly.sessions },
    facts,
    taken.held,
  );
  if (refusal !== undefined) return refusal;
  const connection = await upstreams.enter(goal, gone.signal);
  if (connection === 'busy') return UPSTREAM_BUSY;
  taken.connection.use(connection);
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

async function forwardWatched<F extends Facts>(
  allowed: Allowed<F>,
  goal: ProxyServer,
  { held, connection }: Taken,
): Promise<void> {
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
    fallbacks: assembly.fallbacks,
    judge: () => watch.judge(),
    stop: gone,
    ending: () => ending,
    outcome,
    trace: assembly.traces?.depart(received.decisionId),
    lease: arrival.held.use(door.memory.replies.lease(facts.identity.principal)),
  };
  const { instead } = facts.permit;
  // What an operator stops at the other server is stopped here, too.
  const watchStops = ({ name }: ProxyServer): void =>
    held.defer(assembly.stops.watch({ ...stopSubjectOf(facts.call, facts.identity), server: name }, end));
  if (instead !== undefined) {
    watchStops(goal);
    return await forwardTo(arrival, withOther(exchange, goal, instead));
  }
  let other: Other | undefined;
  const tryElsewhere = (failed: BadEnding): boolean => {
    if (!gone.signal.aborted && isCurrent(arrival)) other ??= otherAfter(assembly, exchange, failed, held);
    return other !== undefined;
  };
  await forwardTo(arrival, { ...exchange, tryElsewhere });
  if (other === undefined) return;
  watchStops(other.server);
  connection.dispose();
  await forwardElsewhere(arrival, exchange, other);
}

async function forwardTo<F extends Facts>(arrival: Arrival<F>, exchange: Exchange<F>): Promise<void> {
  const { server } = exchange;
  await forward(exchange, arrival.door.upstreams.dispatcherFor(server), retryingOf(arrival, server));
}

/** Sends the call to another server, behind those who wait for it. */
async function forwardElsewhere<F extends Facts>(
  arrival: Arrival<F>,
  exchange: Exchange<F>,
  { server, elsewhere }: Other,
): Promise<void> {
  const second = withOther(exchange, server, elsewhere);
  const connection = await arrival.door.upstreams.enter(server, exchange.stop.signal);
  if (connection === 'busy') return endFor(second, 'upstream.busy');
  using _place = connection;
  // As in `takeAll()`: it may have waited for long.
  if (arrival.assembly.superseded.aborted) return endFor(second, 'fault.reloaded');
  await forwardTo(arrival, second);
}

/** Whether the rules that cleared the call are those of now, and the service goes on. */
function isCurrent<F extends Facts>({ assembly, door }: Arrival<F>): boolean {
  return !assembly.superseded.aborted && !door.draining.aborted;
}

/** How the call is tried again; `undefined` where each is sent once. */
function retryingOf<F extends Facts>(arrival: Arrival<F>, server: ProxyServer): Retrying | undefined {
  const { door, assembly } = arrival;
  if (server.retries === undefined) return undefined;
  return {
    settings: server.retries,
    budget: door.upstreams.budgetFor(server),
    further: assembly.furtherAttempts,
    isCurrent: () => isCurrent(arrival),
    clock: door.clock,
    random: door.random,
  };
}
