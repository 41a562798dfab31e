import type { OutgoingTrace } from '../../decision/call-traces.ts';
import type { Facts } from '../../decision/facts.ts';
import { deny, fault, type Found, found } from '../../decision/verdict.ts';
import { createOutcome } from '../reply/outcome-once.ts';
import { identifyCaller } from '../request/identify-caller.ts';
import { addressConflict } from './address-conflict.ts';
import { type Arrival, refuse } from './arrival.ts';
import { cutStalled } from './cut-stalled.ts';
import { isCounted } from './passthrough.ts';
import type { PassthroughRoute } from './proxy-assembly.ts';
import { watchRoute } from './watch-route.ts';

/**
 * Serves a passthrough route: its caller is identified unless the route is declared anonymous, and the request is recorded.
 *
 * What is passed on ends with the credential that it was passed on for, with a reload that has no such route or does not
 * believe its caller, and with a client that does not read it.
 *
 * A route that would reach a catalogued server is refused, whatever the configuration check said: its host is resolved, and
 * only what was compared is dialled.
 */
export async function passThrough<F extends Facts>(unnamed: Arrival<F>, route: PassthroughRoute): Promise<void> {
  const arrival: Arrival<F> = { ...unnamed, received: { ...unnamed.received, server: route.name } };
  const { door, assembly, request, response, received } = arrival;
  const caller = await identifyCaller(assembly, received, route);
  if (caller.kind !== 'found') return refuse(arrival, caller);
  const identity = caller.value;
  const stopped = assembly.stops.refuse({ server: route.name, identity });
  if (stopped !== undefined) return refuse(arrival, stopped);
  const goal = await goalOf(arrival, route);
  if (goal.kind !== 'found') return refuse(arrival, goal);
  await using undo = new AsyncDisposableStack();
  if (isCounted(request, route)) {
    const taken = await assembly.takeUsage(route.usage, { decisionId: received.decisionId, identity }, undo);
    if (taken.kind !== 'found') return refuse(arrival, taken);
  }
  try {
    const [path = ''] = (request.url ?? '').split('?', 1);
    await assembly.recorder.passthrough({
      received,
      route: route.name,
      path,
      ...(identity === undefined ? {} : { identity }),
      ...(route.usage === undefined ? {} : { provider: route.usage.format }),
    });
  } catch (cause) {
    return refuse(arrival, fault('record', 'record.unavailable', cause));
  }
  undo.move();
  const outcome = createOutcome(received.decisionId, assembly.recorder, door.clock);
  using _stalled = cutStalled(response);
  using _watch = watchRoute(arrival, { route, addresses: goal.value, identity }, ({ reason }) => {
    outcome.report('cancelled', { operatorDetail: reason });
    response.destroy();
  });
  const depart = (): OutgoingTrace | undefined => assembly.traces?.depart(received.decisionId);
  const passing = door.passthrough.pass(request, response, { route, addresses: goal.value, depart }, outcome);
  const passed = await passing.catch((error: unknown) => {
    outcome.report('undelivered');
    throw error;
  });
  if (passed.kind === 'failed') refuse(arrival, fault('admit', passed.reason));
}

/** The addresses that the route may be dialled at; none of them is a catalogued server's. */
async function goalOf<F extends Facts>(
  { door, assembly }: Arrival<F>,
  route: PassthroughRoute,
): Promise<Found<readonly string[]>> {
  try {
    const addresses = await door.resolve(route.upstream.hostname);
    const conflict = await addressConflict(route, addresses, assembly.catalogued, door.resolve);
    return conflict === undefined
      ? found(addresses)
      : deny('admit', 'http.route', {}, `would reach server ${conflict}`);
  } catch (cause) {
    return fault('admit', 'upstream.unreachable', cause);
  }
}
