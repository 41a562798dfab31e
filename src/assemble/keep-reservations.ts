import { errorOf } from '../kit/cause.ts';
import { systemClock } from '../kit/clock.ts';
import { Reservations } from '../stages/limit/reservations.ts';
import type { Log } from '../telemetry/log.ts';

/** How often it is looked what should be kept. Nothing is held for less than a second. */
const RENEW_EVERY_MS = 300;

/** What calls reserve, kept for as long as they run here. */
export function keepReservations(log: Log): Disposable & { readonly reservations: Reservations } {
  const reservations = new Reservations({
    clock: systemClock,
    onError: (cause) => log.warn('what a call used could not be told to the store', { cause: errorOf(cause) }),
  });
  const timer = setInterval(() => void reservations.renew(), RENEW_EVERY_MS).unref();
  return { reservations, [Symbol.dispose]: () => clearInterval(timer) };
}
