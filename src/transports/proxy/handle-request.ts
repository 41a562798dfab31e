import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ReasonCode } from '../../call/reason.ts';
import type { Facts } from '../../decision/facts.ts';
import { handle } from '../../decision/handle.ts';
import { isAllow } from '../../decision/record.ts';
import { deny, fault } from '../../decision/verdict.ts';
import { type Arrival, refuse } from './arrival.ts';
import { type AllowedAuthorities, refusedAuthority } from '../request/authority.ts';
import type { Door } from './door.ts';
import { createOutcome } from './exchange.ts';
import { forwardAllowed } from './forward-allowed.ts';
import { refusedFraming } from './framing.ts';
import { metadataDocument } from '../refusal/metadata.ts';
import { passThrough } from './pass-through.ts';
import { peerOf } from './peer.ts';
import type { ProxyServer } from './proxy-assembly.ts';
import { readBody } from './read-body.ts';
import { receivedOf } from './received-of.ts';
import { routeOf } from './route.ts';
import { writeReply } from './write-reply.ts';
import { writeRefusal } from '../refusal/write-refusal.ts';

/**
 * Serves one request: framing, route, Host and Origin, body, verdict, and then the upstream or the refusal.
 *
 * Never rejects. What throws here is a Fault: 503, recorded.
 */
export async function handleRequest<F extends Facts>(
  door: Door<F>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const received = receivedOf(request, peerOf(request.socket), door.clock.nowMs());
  const arrival: Arrival<F> = { door, assembly: door.current(), request, response, received };
  try {
    await serve(arrival);
  } catch (error) {
    door.onError(error);
    refuse(arrival, fault('admit', 'fault.internal', error));
  }
}

async function serve<F extends Facts>(arrival: Arrival<F>): Promise<void> {
  const { door, assembly, request, received } = arrival;
  const framing = refusedFraming(request, received.headers);
  if (framing !== undefined) return refuseFor(arrival, framing);
  if (door.draining.aborted) return refuse(arrival, deny('admit', 'draining', { retryAfterMs: 1000 }));
  const routed = routeOf(request.url ?? '', assembly);
  switch (routed.kind) {
    case 'nothing':
      return refuseFor(arrival, 'http.route');
    case 'passthrough':
      if (isKeptOut(arrival, routed.route)) return;
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
  writeReply(arrival.response, {
    status: 200,
    headers: [
      ['content-type', 'application/json'],
      ['cache-control', 'max-age=60'],
    ],
    body: Buffer.from(metadataDocument(resource)),
  });
}

async function serveServer<F extends Facts>(arrival: Arrival<F>, server: ProxyServer): Promise<void> {
  const body = await readBody(arrival.request, server.maxBodyBytes);
  if (body.kind === 'gone') return;
  const named: Arrival<F> = { ...arrival, received: { ...arrival.received, server: server.name } };
  if (body.kind === 'too-large') return refuse(named, deny('admit', 'body.too-large'), server);
  const carriesBody = arrival.request.method === 'POST';
  await decideOn({ ...named, received: { ...named.received, body: carriesBody ? body.bytes : undefined } }, server);
}

async function decideOn<F extends Facts>(arrival: Arrival<F>, server: ProxyServer): Promise<void> {
  const { door, assembly, response, received } = arrival;
  const gone = new AbortController();
  const leave = (): void => {
    if (!response.writableFinished) gone.abort();
  };
  response.once('close', leave);
  const outcome = createOutcome(received.decisionId, assembly.recorder, door.clock);
  const handled = await handle<F>(received, assembly, gone.signal);
  const { verdict } = handled;
  if (isAllow(verdict)) {
    return await forwardAllowed({ arrival, server, handled, facts: verdict.facts, outcome, gone });
  }
  await handled.release();
  writeReply(response, writeRefusal({ received, refusal: verdict, call: handled.known.call, server }));
}

/** Refuses for what the request itself shows, before any check. */
function refuseFor<F extends Facts>(arrival: Arrival<F>, reason: ReasonCode): void {
  refuse(arrival, deny('admit', reason));
}
