import type { StopGate } from '../../decision/stop-gate.ts';
import { type Deny, deny, type Found } from '../../decision/verdict.ts';
import type { CheckedTarget } from '../facts.ts';
import type { Stop, Stops } from './stops.ts';

/**
 * Refuses what an operator has stopped: a part of check 3, looked at on every call, also of a token that is known already.
 *
 * @param nowMs Wall clock, milliseconds since the epoch.
 */
export function stopGate(stops: Pick<Stops, 'find' | 'watch'>, nowMs: () => number): StopGate {
  return {
    refuse(subject) {
      const stop = stops.find(subject);
      return stop === undefined ? undefined : refusalOf(stop, nowMs());
    },
    watch: (subject, end) => stops.watch(subject, (stop) => end(refusalOf(stop, nowMs()))),
  };
}

/** Milliseconds after which to try again while it cannot be told what is stopped. */
const RETRY_AFTER_MS = 1000;

/**
 * Refuses a tool that can do more than read while it cannot be told what is stopped: a part of check 5, which knows what the
 * tool can do.
 */
export function unlessUnknown(checked: Found<CheckedTarget>, stops: Pick<Stops, 'isKnown'>): Found<CheckedTarget> {
  if (checked.kind !== 'found' || stops.isKnown || !mayHaveEffects(checked.value)) return checked;
  return {
    kind: 'fault',
    stage: 'tool',
    reason: 'stop.unknown',
    detail: { retryAfterMs: RETRY_AFTER_MS },
    operatorDetail: 'what is stopped was not read lately',
  };
}

/** A tool that names no effects may have any. */
function mayHaveEffects({ kind, effects = [] }: CheckedTarget): boolean {
  return kind === 'tool' && !(effects.length > 0 && effects.every((effect) => effect === 'read'));
}

/** The caller hears when the stop ends; which stop it is and why is for the operator. */
function refusalOf({ id, kind, untilMs }: Stop, nowMs: number): Deny {
  const detail = untilMs === undefined ? {} : { retryAfterMs: Math.max(1, untilMs - nowMs) };
  return deny(
    'authenticate',
    'stop.in-force',
    detail,
    `stop ${id} of ${kind === 'all' ? 'everything' : `this ${kind}`}`,
  );
}
