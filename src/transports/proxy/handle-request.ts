import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ReasonCode } from '../../call/reason.ts';
import type { Facts } from '../../decision/facts.ts';
import { handle } from '../../decision/handle.ts';
import { isAllow } from '../../decision/record.ts';
import { deny, fault, type Refusal } from '../../decision/verdict.ts';
import { type Arrival, refuse } from './arrival.ts';
import { type AllowedAuthorities, refusedAuthority } from '../request/authority.ts';
import type { Door } from './door.ts';
import { forwardAllowed } from './forward-allowed.ts';
import { abortWhenGone } from '../http/abort-when-gone.ts';
import { refusedFraming } from '../http/framing.ts';
import { arrive } from '../http/http-arrival.ts';
import { bodyRefusal } from '../refusal/body-refusal.ts';
import { doorRefusal } from '../refusal/door-refusal.ts';
import { metadataReply } from '../refusal/metadata.ts';
import type { ByteLease } from '../reply/byte-budget.ts';
import { createOutcome } from '../reply/outcome-once.ts';
import { passThrough } from './pass-through.ts';
import type { ProxyServer } from './proxy-assembly.ts';
import { leaseSmallBody } from '../http/lease-small-body.ts';
import { readBody } from '../http/read-body.ts';
import { identifyCaller } from '../request/identify-caller.ts';
import { routeOf } from './route.ts';
import { writeReply } from '../http/write-reply.ts';
import { answerRefused } from '../refusal/stand-in-reply.ts';

/**
 * Serves one request: framing, route, Host and Origin, a place, body, verdict, and then the upstream or the refusal. Until the
 * client has the whole reply, or is gone, the exchange keeps its place.
 *
 * Never rejects. What throws here is a Fault: 503, recorded.
 */
export async function handleRequest<F extends Facts>(
  door: Door<F>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  using held = new DisposableStack();
  const arrival: Arrival<F> = { door, assembly: door.current(), ...arrive(door, request, response, held) };
  try {
    await serve(arrival);
  } catch (error) {
    door.onError(error);
    refuse(arrival, fault('admit', 'fault.internal', error));
  }
  await arrival.over;
}

/** The methods of plain HTTP whose body is passed on (RFC 9110 §9.3, RFC 5789). */
const PLAIN_BODIES: ReadonlySet<string> = new Set(['POST', 'PUT', 'PATCH']);

async function serve<F extends Facts>(arrival: Arrival<F>): Promise<void> {
  const { door, assembly, request, received } = arrival;
  const routed = routeOf(request.url ?? '', assembly);
  const framing = refusedFraming(request, received.headers, routed.kind === 'passthrough' ? PLAIN_BODIES : undefined);
  if (framing !== undefined) return refuseFor(arrival, framing);
  if (door.draining.aborted) return refuse(arrival, deny('admit', 'draining', { retryAfterMs: 1000 }));
  // Its answer would hold the request as it arrived there.
  if (request.method === 'TRACE') return refuseFor(arrival, 'http.method');
  switch (routed.kind) {
    case 'nothing':
      return refuseFor(arrival, 'http.route');
    case 'passthrough':
      if (isKeptOut(arrival, routed.route) || !(await hasPlace(arrival))) return;
      return await passThrough(arrival, routed.route);
    case 'metadata':
      if (isKeptOut(arrival, routed.server)) return;
      return serveMetadata(arrival, routed.server);
    case 'server':
      if (isKeptOut(arrival, routed.server)) return;
      return await serveServer(arrival, routed.server);
  }
}

/** Refuses a request whose Host or Origin is not listed. */
function isKeptOut<F extends Facts>(arrival: Arrival<F>, allowed: AllowedAuthorities): boolean {
  const reason = refusedAuthority(arrival.received.headers, allowed, arrival.door.port());
  if (reason !== undefined) refuseFor(arrival, reason);
  return reason !== undefined;
}

/** Public by purpose: a client without a token reads here where to get one (RFC 9728 §3). */
function serveMetadata<F extends Facts>(arrival: Arrival<F>, { resource }: ProxyServer): void {
  if (arrival.request.method !== 'GET' || resource === undefined) return refuseFor(arrival, 'http.method');
  writeReply(arrival.response, metadataReply(resource));
}

/** Takes the exchange's place, before a byte of its body is read; refuses it when there is none. */
async function hasPlace<F extends Facts>(arrival: Arrival<F>, server?: ProxyServer): Promise<boolean> {
  const place = arrival.assembly.reserve(arrival.received);
  if (place.kind === 'found') {
    arrival.held.use(place.value);
    return true;
  }
  await arrival.door.pace.before(place);
  refuse(arrival, place, server);
  return false;
}

async function serveServer<F extends Facts>(unnamed: Arrival<F>, server: ProxyServer): Promise<void> {
  const arrival: Arrival<F> = { ...unnamed, received: { ...unnamed.received, server: server.name } };
  const { door, request, received, held } = arrival;
  if (!(await hasPlace(arrival, server))) return;
  const lease = leaseSmallBody(request, door.memory.bodies) ?? (await leaseOf(arrival, server));
  if ('kind' in lease) return refuse(arrival, lease, server);
  const body = await readBody(request, server.maxBodyBytes, held.use(lease));
  if (body.kind === 'gone') return;
  if (body.kind !== 'bytes') return refuse(arrival, bodyRefusal(body.kind), server);
  const shown = request.method === 'POST' ? body.bytes : undefined;
  await decideOn({ ...arrival, received: { ...received, body: shown } }, server);
}

/** Callers without a token are one caller. */
const ANYONE = 'anonymous';

/**
 * Room for the body of a known caller, on his account. Where callers need a token, only for one who has a good one. The checks
 * come to the same answer later; this keeps anyone from filling the memory.
 */
async function leaseOf<F extends Facts>(
  { door, assembly, received }: Arrival<F>,
  { identity, resource }: ProxyServer,
): Promise<ByteLease | Refusal> {
  const caller = await identifyCaller(assembly, received, { identity, resource: resource?.identifier });
  return caller.kind === 'found' ? door.memory.bodies.lease(caller.value?.principal ?? ANYONE) : caller;
}

async function decideOn<F extends Facts>(arrival: Arrival<F>, server: ProxyServer): Promise<void> {
  const { door, assembly, response, received } = arrival;
  const gone = abortWhenGone(arrival);
  const outcome = createOutcome(received.decisionId, assembly.recorder, door.clock);
  const handled = await handle<F>(received, assembly, gone.signal);
  const { verdict } = handled;
  if (isAllow(verdict)) {
    return await forwardAllowed({ arrival, server, handled, facts: verdict.facts, outcome, gone });
  }
  await handled.release();
  writeReply(response, answerRefused({ received, refusal: verdict, call: handled.known.call, server }));
}

/** Refuses for what the request itself shows, before any check. */
function refuseFor<F extends Facts>(arrival: Arrival<F>, reason: ReasonCode): void {
  refuse(arrival, doorRefusal(reason));
}
