import type { Outcome, Recorder } from '../../decision/record.ts';
import type { StoodIn } from '../../decision/stand-in.ts';
import type { Clock } from '../../kit/clock.ts';

/** What became of the call, told to the record once: the first report wins. */
export interface OutcomeOnce {
  /** Bytes of reply that went to the client so far. */
  replyBytes: number;
  /** How long the upstream asked not to be called, milliseconds; `undefined` when it did not. */
  retryAfterMs?: number;
  /** How often the upstream was tried; `undefined`: once. */
  attempts?: number;
  /** What answered in the place of the upstream. */
  standIn?: StoodIn;
  report(kind: Outcome['kind'], details?: Omit<Partial<Outcome>, 'decisionId' | 'kind'>): void;
}

/** An outcome to be reported on `recorder`; durations count from now. */
export function createOutcome(decisionId: string, recorder: Pick<Recorder, 'outcome'>, clock: Clock): OutcomeOnce {
  const startedMs = clock.monotonicMs();
  let reported = false;
  return {
    replyBytes: 0,
    report(kind, details = {}) {
      if (reported) return;
      reported = true;
      const durationMs = clock.monotonicMs() - startedMs;
      const { replyBytes, retryAfterMs, attempts, standIn } = this;
      const pause = retryAfterMs === undefined ? {} : { retryAfterMs };
      const tried = attempts === undefined ? {} : { attempts };
      const instead = standIn === undefined ? {} : { standIn };
      recorder.outcome({ decisionId, kind, durationMs, replyBytes, ...pause, ...tried, ...instead, ...details });
    },
  };
}
