import type { ReasonCode } from '../../call/reason.ts';
import type { Received } from '../../call/received.ts';
import type { Facts } from '../../decision/facts.ts';
import { handle } from '../../decision/handle.ts';
import { isAllow } from '../../decision/record.ts';
import { fault, type Refusal } from '../../decision/verdict.ts';
import { carrierIn, receivedOf } from '../envoy/received-of.ts';
import { blankReceived } from '../request/blank-received.ts';
import type { EnvoyAssembly, EnvoyServer } from '../envoy/envoy-assembly.ts';
import { nameServer } from '../envoy/name-server.ts';
import type { UnaryCall } from '../grpc/server.ts';
import { doorRefusal, refuseAtDoor } from '../refusal/door-refusal.ts';
import { metadataReply } from '../refusal/metadata.ts';
import { answerRefused } from '../refusal/stand-in-reply.ts';
import { placeRequest } from '../request/place-request.ts';
import { lastResortAnswer, replyAnswer } from './answer.ts';
import { answerAllowed } from './answer-allowed.ts';
import type { CheckHttp, CheckRequest } from './check-request.ts';
import type { ExtAuthzDoor } from './ext-authz-door.ts';
import { readCheckRequest } from './read-check-request.ts';
import { misasked } from './misasked.ts';

/** The part of the caller's time that may be used: an answer that comes too late is an outage for the agent. */
const SHARE_OF_DEADLINE = 0.8;
/** In `context_extensions`: the catalogued server that the route leads to, where the route names it. */
const SERVER = 'server';

/** One question of Envoy on its way to an answer. */
interface Question<F extends Facts> {
  readonly door: ExtAuthzDoor<F>;
  /** The assembly that was current when it came. */
  readonly assembly: EnvoyAssembly<F>;
  readonly received: Received;
  readonly call: UnaryCall;
}

/**
 * Answers one Check: reads it, takes the server from the route or from what was dialled, looks at Host and Origin, decides.
 *
 * Never rejects. What cannot be told is a Fault: a denial with 503, never an error of gRPC, which somebody's
 * `failure_mode_allow` would turn into permission.
 */
export async function handleCheck<F extends Facts>(
  door: ExtAuthzDoor<F>,
  bytes: Uint8Array,
  call: UnaryCall,
): Promise<Uint8Array> {
  const question: Question<F> = {
    door,
    assembly: door.current(),
    received: blankReceived(door.clock.nowMs()),
    call,
  };
  try {
    return await answer(question, bytes);
  } catch (error) {
    return faultAnswer(question, error);
  }
}

function faultAnswer<F extends Facts>(question: Question<F>, error: unknown): Uint8Array {
  try {
    question.door.onError(error);
    return refuse(question, fault('admit', 'fault.internal', error));
  } catch {
    return lastResortAnswer();
  }
}

async function answer<F extends Facts>(question: Question<F>, bytes: Uint8Array): Promise<Uint8Array> {
  const check = readCheckRequest(bytes);
  if (check.kind === 'refused') return refuseFor(question, 'fault.internal', `unreadable CheckRequest: ${check.why}`);
  if (check.http === undefined) return refuseFor(question, 'fault.internal', 'no HTTP request in the CheckRequest');
  const { door } = question;
  const peer = door.readPeer(check.source, check.http.headers);
  const received = receivedOf(question.received, check.http, peer);
  const asked: Question<F> = { ...question, received: withCarrier(received, question) };
  const flaw = misasked(check.http);
  if (flaw !== undefined) return refuseFor(asked, flaw.reason, flaw.operatorDetail);
  const shown = { named: check.contextExtensions.get(SERVER), destination: check.destination.address };
  const named = nameServer(asked.assembly, door.serverFrom, shown);
  if (named.kind === 'unnamed') return refuseFor(asked, 'http.route', named.operatorDetail);
  return await answerFor(asked, check, check.http, named.server);
}

/** What Envoy says of its own place in a trace, for whoever looks at traces. */
function withCarrier<F extends Facts>(received: Received, { assembly, call }: Question<F>): Received {
  return assembly.traces === undefined ? received : { ...received, askedIn: carrierIn(call.metadata) };
}

async function answerFor<F extends Facts>(
  question: Question<F>,
  { destination }: CheckRequest,
  { method, path }: CheckHttp,
  server: EnvoyServer,
): Promise<Uint8Array> {
  const port = destination.address?.kind === 'socket' ? destination.address.port : undefined;
  const placed = placeRequest(question.received.headers, { method, path }, server, port);
  if (placed.kind === 'refused') return refuseFor(question, placed.reason, placed.operatorDetail);
  if (placed.kind === 'metadata') return replyAnswer(question.received.decisionId, metadataReply(placed.resource));
  return await decideOn({ ...question, received: { ...question.received, server: server.name } }, server);
}

async function decideOn<F extends Facts>(question: Question<F>, server: EnvoyServer): Promise<Uint8Array> {
  const { assembly, received, call } = question;
  const deadlineMs = Math.min(assembly.deadlineMs, SHARE_OF_DEADLINE * (call.deadlineMs ?? Infinity));
  const { stages, recorder, superseded, fallbacks } = assembly;
  const handled = await handle<F>(received, { stages, recorder, superseded, fallbacks, deadlineMs }, call.signal);
  const { verdict } = handled;
  if (isAllow(verdict)) return await answerAllowed({ ...question, server, handled, facts: verdict.facts });
  await handled.release();
  const refused = { received, refusal: verdict, call: handled.known.call, server };
  return replyAnswer(received.decisionId, answerRefused(refused));
}

/** Refuses for what the question itself shows, before any check. */
function refuseFor<F extends Facts>(question: Question<F>, reason: ReasonCode, operatorDetail?: string): Uint8Array {
  return refuse(question, doorRefusal(reason, operatorDetail));
}

/** Records a refusal of the door's own and writes it. */
function refuse<F extends Facts>({ assembly, received }: Question<F>, refusal: Refusal): Uint8Array {
  return replyAnswer(received.decisionId, refuseAtDoor(assembly.recorder, received, refusal));
}
