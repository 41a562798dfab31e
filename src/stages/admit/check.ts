import { deny, type Found, found } from '../../decision/verdict.ts';
import type { LoopDelay } from './loop-delay.ts';

export interface AdmitOptions {
  /** Calls that may be in progress at once, open streams included. */
  readonly maxInFlight: number;
  /** Mean event-loop delay, milliseconds, above which no further call is taken. */
  readonly maxLoopDelayMs: number;
  readonly loopDelay: LoopDelay;
  /** Whether the service is stopping. */
  readonly draining: () => boolean;
}

/** Milliseconds after which a refused caller should try again. */
const RETRY_AFTER_MS = 1000;

/** The first check: there is room. Holds a place until the call is over. */
export interface Admit {
  (received: unknown, held: AsyncDisposableStack): Found<{ readonly kind: 'admitted' }>;
  /** Calls in progress now. */
  inFlight(): number;
}

/** Refuses before any work is done: `draining`, or `overload.busy` with the time after which to retry. */
export function createAdmit({ maxInFlight, maxLoopDelayMs, loopDelay, draining }: AdmitOptions): Admit {
  let inFlight = 0;
  const admit = (_received: unknown, held: AsyncDisposableStack): ReturnType<Admit> => {
    if (draining()) return deny('admit', 'draining', { retryAfterMs: RETRY_AFTER_MS });
    if (inFlight >= maxInFlight) return busy(`${inFlight} calls in flight`);
    const delayMs = loopDelay.meanMs();
    if (delayMs > maxLoopDelayMs) return busy(`event loop delayed by ${Math.round(delayMs)} ms`);
    inFlight += 1;
    held.defer(() => {
      inFlight -= 1;
    });
    return found({ kind: 'admitted' });
  };
  return Object.assign(admit, { inFlight: () => inFlight });
}

function busy(operatorDetail: string): ReturnType<typeof deny> {
  return deny('admit', 'overload.busy', { retryAfterMs: RETRY_AFTER_MS }, operatorDetail);
}
