import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Facts } from '../../decision/facts.ts';
import { handle } from '../../decision/handle.ts';
import { isAllow } from '../../decision/record.ts';
import { deny, fault, type Refusal } from '../../decision/verdict.ts';
import { abortWhenGone } from '../http/abort-when-gone.ts';
import { refusedFraming } from '../http/framing.ts';
import { arrive } from '../http/http-arrival.ts';
import { leaseSmallBody } from '../http/lease-small-body.ts';
import { readBody } from '../http/read-body.ts';
import { writeReply } from '../http/write-reply.ts';
import { bodyRefusal } from '../refusal/body-refusal.ts';
import { metadataReply } from '../refusal/metadata.ts';
import type { Reply } from '../refusal/reply.ts';
import { writeRefusal } from '../refusal/write-refusal.ts';
import { identifyCaller } from '../request/identify-caller.ts';
import type { ByteLease } from '../reply/byte-budget.ts';
import { placeRequest } from '../request/place-request.ts';
import { refusalReply } from './answer.ts';
import { type Arrival, refuse, refuseFor } from './arrival.ts';
import type { ForwardAuthAssembly, ForwardAuthServer } from './forward-auth-assembly.ts';
import type { ForwardAuthDoor } from './forward-auth-door.ts';
import { letPass } from './let-pass.ts';
import { type Question, readQuestion } from './read-question.ts';

const METADATA = '/metadata/';

/**
 * Answers one question: framing, what it asks about, Host and Origin, a place, the body if it is shown, verdict.
 *
 * Never rejects. What throws here is a Fault: 503, recorded.
 */
export async function handleQuestion<F extends Facts>(
  door: ForwardAuthDoor<F>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  using held = new DisposableStack();
  const arrived = arrive(door, request, response, held);
  // Who asks is the proxy in front; whose request it is, it does not prove.
  const received = { ...arrived.received, peer: { address: '' } };
  const arrival: Arrival<F> = { door, assembly: door.current(), ...arrived, received };
  try {
    await answer(arrival);
  } catch (error) {
    door.onError(error);
    refuse(arrival, fault('admit', 'fault.internal', error));
  }
  await arrival.over;
}

async function answer<F extends Facts>(arrival: Arrival<F>): Promise<void> {
  const { door, assembly, request, response, received } = arrival;
  const framing = refusedFraming(request, received.headers);
  if (framing !== undefined) return refuseFor(arrival, framing);
  if (door.draining.aborted) return refuse(arrival, deny('admit', 'draining', { retryAfterMs: 1000 }));
  const { method = '', url: target = '' } = request;
  const metadata = method === 'GET' ? metadataAt(target, assembly) : undefined;
  if (metadata !== undefined) return writeReply(response, metadata);
  const question = readQuestion({ method, target, headers: received.headers }, door.original);
  if (question.kind === 'misasked') return refuseFor(arrival, question.reason, question.operatorDetail);
  await answerQuestion(arrival, question);
}

/**
 * The metadata of a server's protected resource (RFC 9728 §3), which is public by purpose: a proxy may route its path here. Under
 * a path that no agent asks for, so that a proxy which asks by the agent's own path gets no 2xx for it.
 */
function metadataAt<F extends Facts>(target: string, { servers }: ForwardAuthAssembly<F>): Reply | undefined {
  if (!target.startsWith(METADATA)) return undefined;
  const resource = servers.get(target.slice(METADATA.length))?.resource;
  return resource === undefined ? undefined : metadataReply(resource);
}

async function answerQuestion<F extends Facts>(unread: Arrival<F>, question: Question): Promise<void> {
  const { method: httpMethod, headers, path } = question;
  const arrival: Arrival<F> = { ...unread, received: { ...unread.received, httpMethod, headers } };
  const { door, assembly, response } = arrival;
  const server = assembly.servers.get(question.server);
  if (server === undefined) return refuseFor(arrival, 'http.route', 'no such server on this listener');
  const placed = placeRequest(headers, { method: httpMethod, path }, server, undefined);
  switch (placed.kind) {
    case 'refused':
      return refuseFor(arrival, placed.reason, placed.operatorDetail);
    case 'metadata':
      return writeReply(response, refusalReply(metadataReply(placed.resource), door.refusals));
    case 'served':
      return await answerFor({ ...arrival, received: { ...arrival.received, server: server.name } }, question, server);
  }
}

async function answerFor<F extends Facts>(
  arrival: Arrival<F>,
  { body: shown }: Question,
  server: ForwardAuthServer,
): Promise<void> {
  const { door, assembly, request, received, held } = arrival;
  const place = assembly.reserve(received);
  if (place.kind !== 'found') return refuse(arrival, place, server);
  held.use(place.value);
  const withheld = shown === 'withheld' && received.httpMethod === 'POST';
  const small = withheld ? undefined : leaseSmallBody(request, door.bodies);
  const lease = small ?? (await leaseOf(arrival, server));
  if ('kind' in lease) return refuse(arrival, lease, server);
  held.use(lease);
  if (withheld) return refuse(arrival, deny('admit', 'door.body-needed'), server);
  const body = await readBody(request, server.maxBodyBytes, lease);
  if (body.kind === 'gone') return;
  if (body.kind !== 'bytes') return refuse(arrival, bodyRefusal(body.kind), server);
  const whole = { ...received, body: bodyOf(received.httpMethod, body.bytes) };
  await decideOn({ ...arrival, received: whole }, server);
}

/** Callers without a token are one caller. */
const ANYONE = 'anonymous';

/**
 * Room for the body of a known caller, on his account. Who has no token learns which to bring, and has no large body read.
 */
async function leaseOf<F extends Facts>(
  { door, assembly, received }: Arrival<F>,
  { identity, resource }: ForwardAuthServer,
): Promise<ByteLease | Refusal> {
  const caller = await identifyCaller(assembly, received, { identity, resource: resource?.identifier });
  return caller.kind === 'found' ? door.bodies.lease(caller.value?.principal ?? ANYONE) : caller;
}

/** A body that came with another method than POST is shown to the checks, which refuse it. */
function bodyOf(httpMethod: string, bytes: Uint8Array): Uint8Array | undefined {
  return httpMethod === 'POST' || bytes.byteLength > 0 ? bytes : undefined;
}

async function decideOn<F extends Facts>(arrival: Arrival<F>, server: ForwardAuthServer): Promise<void> {
  const { door, assembly, response, received } = arrival;
  const handled = await handle<F>(received, assembly, abortWhenGone(arrival).signal);
  const { verdict } = handled;
  if (isAllow(verdict)) return await letPass({ arrival, server, handled, facts: verdict.facts });
  await handled.release();
  const refused = { received, refusal: verdict, call: handled.known.call, server };
  writeReply(response, refusalReply(writeRefusal(refused), door.refusals));
}
