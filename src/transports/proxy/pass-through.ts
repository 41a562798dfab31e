import type { Facts, Identity } from '../../decision/facts.ts';
import { deny, fault } from '../../decision/verdict.ts';
import { type Arrival, refuse } from './arrival.ts';
import { cutStalled } from './cut-stalled.ts';
import { createOutcome } from '../reply/outcome-once.ts';
import { passthroughConflict } from './passthrough-conflict.ts';
import type { PassthroughRoute } from './proxy-assembly.ts';
import { watchRoute } from './watch-route.ts';

/**
 * Serves a passthrough route: its caller is identified unless the route is declared anonymous, and the request is recorded.
 *
 * What is passed on ends with the credential that it was passed on for, with a reload that has no such route or does not
 * believe its caller, and with a client that does not read it.
 *
 * A route that would reach a catalogued server is refused, whatever the configuration check said.
 */
export async function passThrough<F extends Facts>(arrival: Arrival<F>, route: PassthroughRoute): Promise<void> {
  const { door, assembly, request, response, received } = arrival;
  const conflict = passthroughConflict(route, assembly.servers);
  if (conflict !== undefined) return refuse(arrival, deny('admit', 'http.route', {}, `would reach server ${conflict}`));
  let identity: Identity | undefined;
  if (route.identity === 'token') {
    const found = await assembly.identify(received, route, AbortSignal.timeout(assembly.deadlineMs));
    if (found.kind !== 'found') return refuse(arrival, found);
    identity = found.value;
  }
  try {
    const [path = ''] = (request.url ?? '').split('?', 1);
    await assembly.recorder.passthrough({
      received,
      route: route.name,
      path,
      ...(identity === undefined ? {} : { identity }),
    });
  } catch (cause) {
    return refuse(arrival, fault('record', 'record.unavailable', cause));
  }
  const outcome = createOutcome(received.decisionId, assembly.recorder, door.clock);
  using _stalled = cutStalled(response);
  using _watch = watchRoute(arrival, route, identity, ({ reason }) => {
    outcome.report('cancelled', { operatorDetail: reason });
    response.destroy();
  });
  const passed = await door.passthrough.pass(request, response, route, outcome);
  if (passed.kind === 'failed') refuse(arrival, fault('admit', passed.reason));
}
