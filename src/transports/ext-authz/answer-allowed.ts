import { type HeaderList, headerValues, type Received } from '../../call/received.ts';
import type { Facts } from '../../decision/facts.ts';
import type { Handled } from '../../decision/handle.ts';
import { deny, fault, type Refusal } from '../../decision/verdict.ts';
import type { ExchangeLedger } from '../../outcome/exchange-ledger.ts';
import type { EnvoyAssembly, EnvoyServer } from '../envoy/envoy-assembly.ts';
import type { UnaryCall } from '../grpc/server.ts';
import { rateLimitFields } from '../refusal/rate-limit-fields.ts';
import { writeRefusal } from '../refusal/write-refusal.ts';
import { reportUnseen } from '../reply/report-unseen.ts';
import { takeAwaitedPlace, takePlaces } from '../reply/take-places.ts';
import { allowAnswer, replyAnswer } from './answer.ts';
import type { ExtAuthzDoor } from './ext-authz-door.ts';
import { headerMutations } from '../envoy/header-mutations.ts';
import { type ReplyCourse, replyCourse } from './reply-course.ts';

export interface Allowed<F extends Facts> {
  readonly door: ExtAuthzDoor<F>;
  readonly assembly: EnvoyAssembly<F>;
  readonly received: Received;
  readonly call: UnaryCall;
  readonly server: EnvoyServer;
  readonly handled: Handled<F>;
  readonly facts: F;
}

/**
 * Lets an allowed call pass, and keeps what it holds until somebody tells what became of it: the access log, or the stream that
 * judges its reply.
 *
 * When nobody waits for the answer any more, it cannot be written or there is no room, the call is `undelivered`: everything
 * taken is given back, and the answer is a refusal.
 */
export async function answerAllowed<F extends Facts>(allowed: Allowed<F>): Promise<Uint8Array> {
  const { door, call, facts, server } = allowed;
  if (call.signal.aborted) return await giveUp(allowed, broken(new Error('nobody waits for the answer any more')));
  const reply = replyCourse(facts, server, door.exchanges.attended);
  const isLetGo = reply === 'pass' && door.outcomes === 'none';
  let answer: Uint8Array;
  let refusal: Refusal | undefined;
  try {
    answer = writeAllow(allowed, reply);
    refusal = isLetGo ? undefined : keep(allowed, reply);
  } catch (cause) {
    return await giveUp(allowed, broken(cause));
  }
  if (refusal !== undefined) return await giveUp(allowed, refusal);
  return isLetGo ? await letGo(allowed, answer) : answer;
}

function writeAllow<F extends Facts>(
  { door, assembly, received, facts, server }: Allowed<F>,
  reply: ReplyCourse,
): Uint8Array {
  const { decisionId } = received;
  const { portable } = facts.reservation;
  return allowAnswer({
    decisionId,
    mutations: headerMutations(facts, server, assembly.traces?.depart(decisionId)),
    shown: reply === 'pass' ? ownSession(facts) : [],
    // Where the reply is judged, they are among the header fields of what was judged.
    told: reply === 'pass' ? rateLimitFields(facts.reservation.quotas) : [],
    reply,
    hold: reply === 'pass' ? undefined : door.holds.seal(decisionId),
    reserved: portable === undefined ? undefined : door.reservations?.seal(decisionId, portable),
  });
}

/** A server may repeat its session id in every reply: its client must go on with the sealed one that it has. */
function ownSession({ call, handles }: Facts): HeaderList {
  if (handles.upstreamSession === undefined) return [];
  return headerValues(call.headers, 'mcp-session-id').map((sealed) => ['mcp-session-id', sealed]);
}

/** Nobody will tell what became of the call: that is known now, and what it held is given back at once. */
async function letGo<F extends Facts>(allowed: Allowed<F>, answer: Uint8Array): Promise<Uint8Array> {
  const { door, assembly, received, handled } = allowed;
  reportUnseen({ recorder: assembly.recorder, clock: door.clock }, received, 'unknown');
  await handled.release();
  return answer;
}

const NO_ROOM = deny('admit', 'overload.busy', {}, 'no room to remember another call that is under way');

/**
 * Keeps the exchange until its outcome is told. On `pass` its caller's place is taken here; else only until the stream comes for
 * the reply, which takes another.
 *
 * @returns What to answer when there is no room.
 */
function keep<F extends Facts>(allowed: Allowed<F>, reply: ReplyCourse): Refusal | undefined {
  const { door, assembly, received, call, handled, facts, server } = allowed;
  const { recorder, superseded } = assembly;
  const { decisionId } = received;
  const taken = new DisposableStack();
  const full =
    reply === 'pass' ? takePlace(allowed, taken) : takeAwaitedPlace({ places: door.places, server }, facts, taken);
  if (full !== undefined) return full;
  const exchange = { decisionId, recorder, ...holding(handled, taken) };
  const judged = { received, facts, superseded, awaited: taken };
  const kept = reply === 'pass' ? { ...exchange, reply } : { ...exchange, reply, ...judged };
  if (!door.exchanges.open(kept)) {
    taken.dispose();
    return NO_ROOM;
  }
  watchDelivery(call.signal, door.exchanges, decisionId);
  return undefined;
}

/** @returns What to answer when its caller has too much in progress; nothing is taken then. */
function takePlace<F extends Facts>(
  { door, assembly, server, facts }: Allowed<F>,
  taken: DisposableStack,
): Refusal | undefined {
  const { places, maxStreamsPerPrincipal } = door;
  const { sessions } = assembly;
  const full = takePlaces({ places, maxStreamsPerPrincipal, server, sessions }, facts, taken);
  if (full !== undefined) taken.dispose();
  else if (facts.call.kind === 'end-session') sessions.end(facts);
  return full;
}

/** In a scope of its own, like what it takes: an exchange on `pass` must not keep the call in memory. */
function holding({ release, withdraw }: Pick<Handled, 'release' | 'withdraw'>, taken: DisposableStack) {
  const giveBack = async (held: () => Promise<void>): Promise<void> => {
    taken.dispose();
    await held();
  };
  return { release: () => giveBack(release), withdraw: () => giveBack(withdraw) };
}

/** The stream of the question closes with an error when its answer never left. */
function watchDelivery<F extends Facts>(signal: AbortSignal, exchanges: ExchangeLedger<F>, decisionId: string): void {
  const undelivered = (): void => void exchanges.settle({ decisionId, kind: 'undelivered', replyBytes: 0 });
  signal.addEventListener('abort', undelivered, { once: true });
}

function broken(cause: unknown): Refusal {
  return fault('record', 'fault.internal', cause);
}

async function giveUp<F extends Facts>(allowed: Allowed<F>, refusal: Refusal): Promise<Uint8Array> {
  const { door, assembly, received, facts, server, handled } = allowed;
  reportUnseen({ recorder: assembly.recorder, clock: door.clock }, received, 'undelivered', refusal.operatorDetail);
  await handled.withdraw();
  return replyAnswer(received.decisionId, writeRefusal({ received, refusal, call: facts.call, server }));
}
