import type { Received } from '../call/received.ts';
import type { Facts } from './facts.ts';
import type { Stages } from './stages.ts';
import { type Cleared, fault, type Refusal, type StageName } from './verdict.ts';

/** An answer with what had been established when it was given: the record of a refusal names its caller too. */
export interface Decision<F extends Facts = Facts> {
  readonly answer: Cleared<F> | Refusal;
  readonly known: Partial<F>;
}

/**
 * Runs the checks 1–11 in order and stops at the first that does not find its piece.
 *
 * Never rejects: a throw, an expired deadline or an abort is a `Fault` of the check it happened in. What a check reserved
 * on the undo stack is given back unless the answer is `Cleared`; then `handle()` owns it until the intent is recorded.
 *
 * @param signal Aborts when the deadline passed or the caller went away; looked at once more after the last check.
 * @param undo Receives what has to be given back when the cleared call is not recorded after all.
 */
export async function decide<F extends Facts>(
  received: Received,
  stages: Stages<F>,
  signal: AbortSignal,
  undo: AsyncDisposableStack,
): Promise<Decision<F>> {
  const known: Partial<Facts> = {};
  const refuse = (answer: Refusal): Decision<F> => ({ answer, known: known as Partial<F> });
  let stage: StageName = 'admit';
  try {
    await using reserved = new AsyncDisposableStack();
    signal.throwIfAborted();

    const admission = await stages.admit(received, undo, signal);
    if (admission.kind !== 'found') return refuse(admission);

    stage = 'read';
    const read = await stages.read(received, signal);
    if (read.kind !== 'found') return refuse(read);
    const call = read.value;
    Object.assign(known, { call });

    stage = 'authenticate';
    const identity = await stages.authenticate(call, signal);
    if (identity.kind !== 'found') return refuse(identity);
    Object.assign(known, { identity: identity.value });

    stage = 'handles';
    const handles = await stages.openHandles(call, identity.value, signal);
    if (handles.kind !== 'found') return refuse(handles);
    Object.assign(known, { handles: handles.value });

    stage = 'capability';
    const grant = await stages.checkGrant(call, identity.value, signal);
    if (grant.kind !== 'found') return refuse(grant);
    Object.assign(known, { grant: grant.value });

    stage = 'tool';
    const target = await stages.checkTarget(call, grant.value, signal);
    if (target.kind !== 'found') return refuse(target);
    Object.assign(known, { target: target.value });

    stage = 'policy';
    const ruling = await stages.applyPolicy(call, identity.value, grant.value, target.value, signal);
    if (ruling.kind !== 'found') return refuse(ruling);
    Object.assign(known, { ruling: ruling.value });

    stage = 'approval';
    const approval = await stages.requireApproval(call, identity.value, ruling.value, signal);
    if (approval.kind !== 'found') return refuse(approval);

    stage = 'availability';
    const permit = await stages.checkAvailability(call, target.value, reserved, signal);
    if (permit.kind !== 'found') return refuse(permit);

    stage = 'limit';
    const reservation = await stages.takeLimits(call, identity.value, ruling.value, reserved, signal);
    if (reservation.kind !== 'found') return refuse(reservation);

    stage = 'credential';
    const credential = await stages.obtainCredential(call, identity.value, target.value, signal);
    if (credential.kind !== 'found') return refuse(credential);

    stage = 'consume';
    const consumed = await stages.consume(call, approval.value, signal);
    if (consumed.kind !== 'found') return refuse(consumed);

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
    undo.use(reserved.move());
    return { answer: { kind: 'cleared', facts }, known: facts };
  } catch (cause) {
    const reason = signal.aborted ? 'fault.timeout' : 'fault.internal';
    return refuse(fault(stage, reason, cause));
  }
}
