import type { Call } from '../call/call.ts';
import type { Facts } from './facts.ts';
import type { PureStages } from './stages.ts';
import { fault, type Refusal, type StageName, type WouldAllow } from './verdict.ts';

/**
 * Answers whether a call would pass the checks that take and consume nothing (3–6): for `explain`, AuthZEN, what-if.
 *
 * Never rejects. The answer is not permission: nothing was recorded, and no door that carries bytes accepts it.
 */
export async function evaluate<F extends Facts>(
  call: Call,
  stages: PureStages<F>,
  signal: AbortSignal,
): Promise<WouldAllow<F> | Refusal> {
  let stage: StageName = 'authenticate';
  try {
    const identity = await stages.authenticate(call, signal);
    if (identity.kind !== 'found') return identity;

    stage = 'capability';
    const grant = await stages.checkGrant(call, identity.value, signal);
    if (grant.kind !== 'found') return grant;

    stage = 'tool';
    const target = await stages.checkTarget(call, grant.value, signal);
    if (target.kind !== 'found') return target;

    stage = 'policy';
    const ruling = await stages.applyPolicy(call, identity.value, grant.value, target.value, signal);
    if (ruling.kind !== 'found') return ruling;

    signal.throwIfAborted();
    return {
      kind: 'would-allow',
      facts: { call, identity: identity.value, grant: grant.value, target: target.value, ruling: ruling.value },
    };
  } catch (cause) {
    return fault(stage, signal.aborted ? 'fault.timeout' : 'fault.internal', cause);
  }
}
