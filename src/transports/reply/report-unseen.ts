import type { Received } from '../../call/received.ts';
import type { Outcome, Recorder } from '../../decision/record.ts';
import type { Clock } from '../../kit/clock.ts';

/**
 * Tells the record what became of an allowed call of whose reply nothing is seen here: `undelivered` when the allow never
 * left, `unknown` when it did.
 */
export function reportUnseen(
  { recorder, clock }: { readonly recorder: Pick<Recorder, 'outcome'>; readonly clock: Clock },
  { decisionId, receivedAtMs }: Pick<Received, 'decisionId' | 'receivedAtMs'>,
  kind: Extract<Outcome['kind'], 'undelivered' | 'unknown'>,
  operatorDetail?: string,
): void {
  recorder.outcome({
    decisionId,
    kind,
    durationMs: Math.max(0, clock.nowMs() - receivedAtMs),
    replyBytes: 0,
    ...(operatorDetail === undefined ? {} : { operatorDetail }),
  });
}
