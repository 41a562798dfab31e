import { setMaxListeners } from 'node:events';
import type { ReasonCode } from '../../call/reason.ts';
import type { Identity } from '../../decision/facts.ts';
import type { Clock } from '../../kit/clock.ts';

/** Longest delay that Node's timers take. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** Calls `end` once when the credential of `identity` expires or is revoked, until it is disposed. */
export function watchCredential(
  { expiresAtMs, revoked }: Pick<Identity, 'expiresAtMs' | 'revoked'>,
  clock: Clock,
  end: (reason: ReasonCode) => void,
): Disposable {
  const onRevoked = (): void => end('token.revoked');
  const onExpired = (): void => end('token.expired');
  const leftMs = expiresAtMs === undefined ? undefined : Math.max(0, expiresAtMs - clock.nowMs());
  const timer = leftMs === undefined ? undefined : setTimeout(onExpired, Math.min(MAX_TIMER_MS, leftMs));
  // One signal ends as many as there are; Node would take eleven listeners for a leak.
  if (revoked !== undefined) setMaxListeners(0, revoked);
  if (revoked?.aborted === true) onRevoked();
  else revoked?.addEventListener('abort', onRevoked, { once: true });
  return {
    [Symbol.dispose]() {
      clearTimeout(timer);
      revoked?.removeEventListener('abort', onRevoked);
    },
  };
}
