/*
 * What must not compile. The compiler is the test: an `@ts-expect-error` above a line that compiles is an error.
 */

import type { Received } from '../src/call/received.ts';
import { decide, type Trail } from '../src/decision/decide.ts';
import { evaluate } from '../src/decision/evaluate.ts';
import type { Facts } from '../src/decision/facts.ts';
import { handle, type Handled, type Verdict } from '../src/decision/handle.ts';
// @ts-expect-error permission is a type here and no value
import { Allow as AllowValue } from '../src/decision/record.ts';
import { type Allow, record, type Recorder } from '../src/decision/record.ts';
import type { Stages } from '../src/decision/stages.ts';
import { type Cleared, found, type WouldAllow } from '../src/decision/verdict.ts';
import type { AuthzenAssembly } from '../src/transports/authzen/authzen-assembly.ts';
import { letPass, type Passing } from '../src/transports/forward-auth/let-pass.ts';
import { type Allowed, forwardAllowed } from '../src/transports/proxy/forward-allowed.ts';

declare const facts: Facts;
declare const received: Received;
declare const stages: Stages;
declare const recorder: Recorder;
declare const cleared: Cleared;
declare const would: WouldAllow;
declare const trail: Trail;
declare const allowed: Allowed<Facts>;
declare const passing: Passing<Facts>;
declare const authzen: AuthzenAssembly;
declare const release: () => Promise<void>;
declare const signal: AbortSignal;

// --- An allow without a record ---

// @ts-expect-error what looks like permission is none: it lacks the brand that only `record()` gives
export const forged: Allow = { kind: 'allow', facts };

// @ts-expect-error all checks passed, but nothing is recorded: that is not a verdict
export const unrecorded: Verdict = cleared;

// @ts-expect-error deciding is not allowing
export const decided: Allow = await decide(received, stages, signal, trail);

// @ts-expect-error only what was cleared can be recorded, not facts that somebody put together
export const fromFacts: Allow = await record(facts, recorder);

// @ts-expect-error only what was cleared can be recorded, not what would have been allowed
export const fromWould: Allow = await record(would, recorder);

// @ts-expect-error nothing is recorded without a recorder
export const withoutRecorder: Allow = await record(cleared);

// @ts-expect-error a door cannot decide without saying where it is recorded
export const withoutRecord = handle(received, { stages, deadlineMs: 1 }, signal);

// @ts-expect-error permission cannot be constructed elsewhere: the class is no value outside its file
export const constructed = new AllowValue(facts);

// --- A check with a word for allow ---

// @ts-expect-error a check finds its piece or stops the call
export const saysAllow: Stages['checkGrant'] = () => ({ kind: 'allow', facts });

// @ts-expect-error a check cannot clear the whole call either
export const saysCleared: Stages['applyPolicy'] = () => cleared;

// @ts-expect-error what a check found is its own piece, not another's
export const findsTooMuch: Stages['checkGrant'] = () => found(facts.reservation);

// @ts-expect-error a check that is not there is not a check that passes
export const withoutPolicy: Stages = { ...stages, applyPolicy: undefined };

// @ts-expect-error the grant is a prerequisite of the pinned tool: the order is in the parameters
export const outOfOrder = stages.checkTarget(facts.call, signal);

// --- A door that builds bytes from what would have been allowed ---

// @ts-expect-error `evaluate()` answers no verdict
export const evaluated: Verdict = await evaluate(facts.call, stages, signal);

// @ts-expect-error a door cannot hand out what would have been allowed
export const handed: Handled = { verdict: would, known: {}, release, withdraw: release };

// @ts-expect-error what `evaluate()` established is not enough to forward a call
export const forwarded = forwardAllowed({ ...allowed, facts: would.facts });

// @ts-expect-error nor is it enough to tell another proxy that a call may pass
export const passed = letPass({ ...passing, facts: would.facts });

// @ts-expect-error who only asks what would be decided has no checks that decide
export const asked = handle(received, { stages: authzen.stages, recorder, deadlineMs: 1 }, signal);

// @ts-expect-error a trail without its reservations has nothing to give back
export const halfTrail: Trail = { stage: 'policy', known: {}, held: trail.held };
