import type { Outcome } from '../../decision/record.ts';
import type { Refusal } from '../../decision/verdict.ts';
import { type ErrorType, errorTypeOfOutcome, errorTypeOfRefusal } from '../error-type.ts';
import type { CallTrace, TracePlace } from './call-trace.ts';

/** How a call ended. */
export type Ending =
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  | { readonly kind: 'over'; readonly outcome: Outcome };

/** Why spans are kept. */
export type KeptFor = 'sampled' | 'refusal' | 'error' | 'slow';

/** A trace that is over, and kept. */
export interface KeptTrace {
  readonly trace: CallTrace;
  readonly place: TracePlace;
  readonly ending: Ending;
  /** By the monotonic clock. */
  readonly endedMs: number;
  readonly keptFor: KeptFor;
}

/** What an ending went wrong by. */
export function errorOf(ending: Ending): ErrorType | undefined {
  return ending.kind === 'refused' ? errorTypeOfRefusal(ending.refusal) : errorTypeOfOutcome(ending.outcome);
}
