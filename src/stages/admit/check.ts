import type { Admission } from '../../decision/stages.ts';
import { type Deny, deny, type Found, found } from '../../decision/verdict.ts';
import type { Releases } from '../../kit/release-stack.ts';
import type { Arrived } from './caller-key.ts';
import type { LoopDelay } from './loop-delay.ts';

export interface AdmitOptions {
  /** Calls that may be in progress at once, open streams included. */
  readonly maxInFlight: number;
  /** Mean event-loop delay, milliseconds, above which no further call is taken. */
  readonly maxLoopDelayMs: number;
  readonly loopDelay: LoopDelay;
  /** Whether the service is stopping. */
  readonly draining: () => boolean;
  /** Says which calls are shed although there is room for them yet, and hears of those that are in progress. Default: none is. */
  readonly shedder?: Shedder;
}

/** Who sheds calls before they are read. */
export interface Shedder {
  /** Why a call that has just arrived is shed, if it is; else it counts as arrived until it is `over()`. */
  arriving(arrived: Arrived): Deny | undefined;
  over(decisionId: string): void;
}

/** Milliseconds after which a refused caller should try again. */
const RETRY_AFTER_MS = 1000;

/** The first check: there is room. Holds a place until the call is over. */
export interface Admit {
  (received: Arrived, held: Releases): Found<Admission>;
  /**
   * Takes the place of an exchange whose message is not read yet, until it is disposed. The check then finds it taken and takes
   * no second one.
   */
  reserve(received: Arrived): Found<Disposable>;
  /** Places that are taken now. */
  inFlight(): number;
}

/**
 * Refuses before any work is done: `draining`, `overload.busy` when there is no place left, or what `shedder` says, with the time
 * after which to retry.
 */
export function createAdmit({ maxInFlight, maxLoopDelayMs, loopDelay, draining, shedder }: AdmitOptions): Admit {
  let inFlight = 0;
  const reserved = new Set<string>();
  // In a scope of its own: it is kept until the call is over, and may keep nothing of the call.
  const place = (decisionId: string): Disposable => ({
    [Symbol.dispose]() {
      inFlight -= 1;
      shedder?.over(decisionId);
    },
  });
  const take = (received: Arrived): Found<Disposable> => {
    if (draining()) return deny('admit', 'draining', { retryAfterMs: RETRY_AFTER_MS });
    if (inFlight >= maxInFlight) return busy(`${inFlight} calls in flight`);
    const delayMs = loopDelay.meanMs();
    if (delayMs > maxLoopDelayMs) return busy(`event loop delayed by ${Math.round(delayMs)} ms`);
    const refused = shedder?.arriving(received);
    if (refused !== undefined) return refused;
    inFlight += 1;
    return found(place(received.decisionId));
  };
  const admit = (received: Arrived, held: Releases): Found<Admission> => {
    if (reserved.has(received.decisionId)) return found({ kind: 'admitted' });
    const taken = take(received);
    if (taken.kind !== 'found') return taken;
    held.use(taken.value);
    return found({ kind: 'admitted' });
  };
  const reserve = (received: Arrived): Found<Disposable> => {
    const taken = take(received);
    if (taken.kind !== 'found') return taken;
    const { decisionId } = received;
    reserved.add(decisionId);
    return found({
      [Symbol.dispose]() {
        reserved.delete(decisionId);
        taken.value[Symbol.dispose]();
      },
    });
  };
  return Object.assign(admit, { reserve, inFlight: () => inFlight });
}

function busy(operatorDetail: string): ReturnType<typeof deny> {
  return deny('admit', 'overload.busy', { retryAfterMs: RETRY_AFTER_MS }, operatorDetail);
}
