import type { Received } from '../call/received.ts';
import { ReleaseStack } from '../kit/release-stack.ts';
import type { Facts } from './facts.ts';
import type { Stages } from './stages.ts';
import { type Cleared, type Deny, deny, type Fault, fault, type Refusal, type StageName } from './verdict.ts';

/** Where a decision has come to: what the record of a refusal, or of a decision that hangs, is made from. */
export interface Trail<F extends Facts = Facts> {
  /** The check that runs now, or ran last. */
  stage: StageName;
  /** What has been established so far. */
  readonly known: Partial<F>;
  /** What the call holds while it lives, such as its place in the in-flight count: released when the call is over. */
  readonly held: ReleaseStack;
  /** What a cleared call reserved (tokens, permits): given back unless the intent gets recorded. */
  readonly reserved: ReleaseStack;
}

type Established = { -readonly [K in keyof Facts]?: Facts[K] };

/** A trail at its beginning. */
export function newTrail<F extends Facts>(): Trail<F> {
  return { stage: 'admit', known: {}, held: new ReleaseStack(), reserved: new ReleaseStack() };
}

/**
 * Runs the checks 1–11 in order and stops at the first that does not find its piece.
 *
 * Never rejects: a throw or a deadline that passed is a `Fault` of the check it happened in. What a check reserved is given back unless
 * the answer is `Cleared`; then `trail.reserved` owns it.
 *
 * @param signal Aborts when the deadline passed or the caller went away; looked at once more after the last check.
 */
export async function decide<F extends Facts>(
  received: Received,
  stages: Stages<F>,
  signal: AbortSignal,
  trail: Trail<F>,
): Promise<Cleared<F> | Refusal> {
  const known: Established = trail.known;
  try {
    await using undo = new ReleaseStack();
    signal.throwIfAborted();
    const admission = await stages.admit(received, trail.held, signal);
    if (admission.kind !== 'found') return admission;

    trail.stage = 'read';
    const read = await stages.read(received, signal);
    if (read.kind !== 'found') return read;
    const call = read.value;
    known.call = call;

    trail.stage = 'authenticate';
    const identity = await stages.authenticate(call, signal);
    if (identity.kind !== 'found') return identity;
    known.identity = identity.value;

    trail.stage = 'handles';
    const handles = await stages.openHandles(call, identity.value, signal);
    if (handles.kind !== 'found') return handles;
    known.handles = handles.value;

    trail.stage = 'capability';
    const grant = await stages.checkGrant(call, identity.value, signal);
    if (grant.kind !== 'found') return grant;
    known.grant = grant.value;

    trail.stage = 'tool';
    const target = await stages.checkTarget(call, grant.value, signal);
    if (target.kind !== 'found') return target;
    known.target = target.value;

    trail.stage = 'policy';
    const ruling = await stages.applyPolicy(call, identity.value, grant.value, target.value, signal);
    if (ruling.kind !== 'found') {
      if (ruling.ruling !== undefined) known.ruling = ruling.ruling;
      return ruling;
    }
    known.ruling = ruling.value;

    trail.stage = 'approval';
    const approval = await stages.requireApproval(call, identity.value, ruling.value, signal);
    if (approval.kind !== 'found') return approval;

    trail.stage = 'availability';
    const permit = await stages.checkAvailability(
      call,
      identity.value,
      target.value,
      ruling.value,
      trail.held,
      undo,
      signal,
    );
    if (permit.kind !== 'found') return permit;

    trail.stage = 'limit';
    const reservation = await stages.takeLimits(call, identity.value, ruling.value, undo, signal);
    if (reservation.kind !== 'found') return reservation;

    trail.stage = 'credential';
    const credential = await stages.obtainCredential(call, identity.value, target.value, signal);
    if (credential.kind !== 'found') return credential;

    trail.stage = 'consume';
    const consumed = await stages.consume(call, approval.value, signal);
    if (consumed.kind !== 'found') return consumed;

    signal.throwIfAborted();
    const facts = {
      call,
      identity: identity.value,
      handles: handles.value,
      grant: grant.value,
      target: target.value,
      ruling: ruling.value,
      approval: approval.value,
      permit: permit.value,
      reservation: reservation.value,
      credential: credential.value,
      consumed: consumed.value,
    } satisfies Facts as F;
    trail.reserved.takeOver(undo);
    return { kind: 'cleared', facts };
  } catch (cause) {
    return signal.aborted ? stopped(trail.stage, signal) : fault(trail.stage, 'fault.internal', cause);
  }
}

/** The answer when `signal` stopped the decision. A caller that went away is no fault of ours, and nobody is answered. */
export function stopped(stage: StageName, { reason }: AbortSignal): Deny | Fault {
  const late = reason instanceof DOMException && reason.name === 'TimeoutError';
  return late ? fault(stage, 'fault.timeout', reason) : deny(stage, 'http.caller-gone');
}
