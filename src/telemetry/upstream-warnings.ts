import type { Outcome } from '../decision/record.ts';
import type { Clock } from '../kit/clock.ts';
import type { Log } from './log.ts';

/** Between two lines about one server, milliseconds. */
const QUIET_MS = 10_000;

interface Silence {
  readonly untilMs: number;
  /** Failures that no line told of. */
  untold: number;
}

/** Tells the operator that a tool server fails, without a line for each call that is made to it. */
export class UpstreamWarnings {
  readonly #log: Log;
  readonly #clock: Clock;
  /** By server: there are as many as are configured. */
  readonly #silences = new Map<string, Silence>();

  constructor(log: Log, clock: Clock) {
    this.#log = log;
    this.#clock = clock;
  }

  /** A call that was allowed got no reply, or half of one. */
  failed(server: string, { decisionId, operatorDetail }: Outcome): void {
    const nowMs = this.#clock.monotonicMs();
    const silence = this.#silences.get(server);
    if (silence !== undefined && nowMs < silence.untilMs) {
      silence.untold += 1;
      return;
    }
    this.#silences.set(server, { untilMs: nowMs + QUIET_MS, untold: 0 });
    this.#log.warn('a tool server failed', {
      server,
      decision_id: decisionId,
      detail: operatorDetail,
      ...(silence === undefined || silence.untold === 0 ? {} : { more_since: silence.untold }),
    });
  }
}
