import { setMaxListeners } from 'node:events';
import type { ReasonCode } from '../../call/reason.ts';
import type { Identity } from '../../decision/facts.ts';
import type { Clock } from '../../kit/clock.ts';

/** Longest delay that Node's timers take. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** Calls `end` when the credential of `identity` expires or is revoked, or its key is withdrawn, until it is disposed. */
export function watchCredential(
  { expiresAtMs, revoked, withdrawn }: Pick<Identity, 'expiresAtMs' | 'revoked' | 'withdrawn'>,
  clock: Clock,
  end: (reason: ReasonCode) => void,
): Disposable {
  const undo = new DisposableStack();
  if (expiresAtMs !== undefined) {
    const leftMs = Math.min(MAX_TIMER_MS, Math.max(0, expiresAtMs - clock.nowMs()));
    undo.adopt(
      setTimeout(() => end('token.expired'), leftMs),
      clearTimeout,
    );
  }
  for (const [signal, reason] of [
    [revoked, 'token.revoked'],
    [withdrawn, 'token.key-unknown'],
  ] as const) {
    if (signal !== undefined) undo.use(listen(signal, () => end(reason)));
  }
  return undo;
}

function listen(signal: AbortSignal, act: () => void): Disposable {
  // One signal ends as many as there are; Node would take eleven listeners for a leak.
  setMaxListeners(0, signal);
  if (signal.aborted) act();
  else signal.addEventListener('abort', act, { once: true });
  return { [Symbol.dispose]: () => signal.removeEventListener('abort', act) };
}
