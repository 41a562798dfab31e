import type { Call } from '../call/call.ts';
import type { Received } from '../call/received.ts';
import type { Releases } from '../kit/release-stack.ts';
import type { Facts } from './facts.ts';
import type { Found } from './verdict.ts';

/** What a check may answer: at once or later. */
export type Finding<T> = Found<T> | Promise<Found<T>>;

/**
 * The checks, one method each, in the order `decide()` runs them (DESIGN §3). A method's parameters are its
 * prerequisites, so the compiler keeps the order. What a check reserves it registers on `undo`; it is given back unless
 * the answer is allow.
 */
export interface Stages<F extends Facts = Facts> {
  admit(received: Received, undo: Releases, signal: AbortSignal): Finding<Admission>;
  read(received: Received, signal: AbortSignal): Finding<Call>;
  authenticate(call: Call, signal: AbortSignal): Finding<F['identity']>;
  openHandles(call: Call, identity: F['identity'], signal: AbortSignal): Finding<F['handles']>;
  checkGrant(call: Call, identity: F['identity'], signal: AbortSignal): Finding<F['grant']>;
  checkTarget(call: Call, grant: F['grant'], signal: AbortSignal): Finding<F['target']>;
  applyPolicy(
    call: Call,
    identity: F['identity'],
    grant: F['grant'],
    target: F['target'],
    signal: AbortSignal,
  ): Finding<F['ruling']>;
  requireApproval(
    call: Call,
    identity: F['identity'],
    ruling: F['ruling'],
    signal: AbortSignal,
  ): Finding<F['approval']>;
  /** `held`: what the call has while it runs; given back when it is over, however it ends. */
  checkAvailability(
    call: Call,
    identity: F['identity'],
    target: F['target'],
    ruling: F['ruling'],
    held: Releases,
    undo: Releases,
    signal: AbortSignal,
  ): Finding<F['permit']>;
  takeLimits(
    call: Call,
    identity: F['identity'],
    ruling: F['ruling'],
    undo: Releases,
    signal: AbortSignal,
  ): Finding<F['reservation']>;
  obtainCredential(
    call: Call,
    identity: F['identity'],
    target: F['target'],
    signal: AbortSignal,
  ): Finding<F['credential']>;
  consume(call: Call, approval: F['approval'], signal: AbortSignal): Finding<F['consumed']>;
}

/** That there is room for this call (check 1). */
export interface Admission {
  readonly kind: 'admitted';
}

/** The checks that take or consume nothing: what `evaluate()` runs. */
export type PureStages<F extends Facts = Facts> = Pick<
  Stages<F>,
  'authenticate' | 'checkGrant' | 'checkTarget' | 'applyPolicy'
>;
