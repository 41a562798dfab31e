import type { Facts } from '../../decision/facts.ts';
import type { Refusal } from '../../decision/verdict.ts';
import type { EnvoyDoor } from '../envoy/envoy-door.ts';
import { createOutcome } from '../reply/outcome-once.ts';
import type { ReplyExchange } from '../reply/reply-exchange.ts';
import { takePlaces } from '../reply/take-places.ts';
import { watchStream } from '../reply/watch-stream.ts';
import type { AllowedExchange } from './request-step.ts';

/** An exchange that is under way; disposed, it gives back what it took up. */
export interface RunningExchange<F extends Facts> extends Disposable {
  readonly exchange: ReplyExchange<F>;
  /** Whether its outcome was told here. */
  readonly told: () => boolean;
  /** It no longer runs, whatever will be told of it: gives back what the call held. */
  readonly leave: () => void;
}

/**
 * Takes what an allowed call needs while it runs, and watches over it.
 *
 * @param end Called when the reply must not go on, with the reason; once or more.
 * @returns Why there is no room for it; nothing is held then.
 */
export function beginExchange<F extends Facts>(
  door: EnvoyDoor<F>,
  allowed: AllowedExchange<F>,
  end: (refusal: Refusal) => void,
): RunningExchange<F> | Refusal {
  const { claimed, server } = allowed;
  const { received, facts, superseded } = claimed;
  const { places, maxStreamsPerPrincipal, current, clock, draining, stopping } = door;
  const { sessions, fallbacks } = current();
  using held = new DisposableStack();
  const full = takePlaces({ places, maxStreamsPerPrincipal, server, sessions }, facts, held);
  if (full !== undefined) return full;
  if (facts.call.kind === 'end-session') sessions.end(facts);
  const lease = held.use(door.replies.lease(facts.identity.principal));
  const watch = held.use(watchStream({ facts, received, server, current, superseded, clock, draining, stopping, end }));
  let told = false;
  const outcome = createOutcome(
    claimed.decisionId,
    {
      outcome: (one) => {
        told = true;
        claimed.recorder.outcome(one);
      },
    },
    clock,
  );
  const exchange: ReplyExchange<F> = {
    received,
    facts,
    server,
    sessions,
    fallbacks,
    judge: () => watch.judge(),
    outcome,
    lease,
  };
  const kept = held.move();
  return { exchange, told: () => told, leave: () => claimed.leave(), [Symbol.dispose]: () => kept.dispose() };
}
