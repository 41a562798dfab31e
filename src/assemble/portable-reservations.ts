import { errorOf } from '../kit/cause.ts';
import { unpackReservation } from '../stages/limit/portable-reservation.ts';
import type { PortableReservations } from '../transports/envoy/envoy-door.ts';
import type { State } from './state.ts';

/**
 * Reservations that are good for one listener, on every instance that has the same sealing keys. What is settled here is settled
 * in the store that all of them share, where the first word counts.
 */
export function portableReservations(
  listener: string,
  { sealer, counts, log }: Pick<State, 'sealer' | 'counts' | 'log'>,
): PortableReservations {
  const purposeOf = (decisionId: string): string => `reservation ${decisionId}`;
  return {
    seal: (decisionId, reservation) => sealer.seal(purposeOf(decisionId), listener, reservation),
    settle(decisionId, sealed, attempts) {
      const opened = sealer.open(purposeOf(decisionId), listener, sealed);
      const settled = opened.kind === 'opened' ? unpackReservation(opened.value, attempts) : undefined;
      if (settled === undefined) return false;
      Promise.resolve(counts.settle(decisionId, settled)).catch((cause: unknown) =>
        log.warn('what a call used could not be told to the store', { cause: errorOf(cause) }),
      );
      return true;
    },
  };
}
