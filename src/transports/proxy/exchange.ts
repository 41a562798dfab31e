import type { ServerResponse } from 'node:http';
import type { Call } from '../../call/call.ts';
import type { Received } from '../../call/received.ts';
import type { Facts } from '../../decision/facts.ts';
import type { Outcome, Recorder } from '../../decision/record.ts';
import type { Refusal } from '../../decision/verdict.ts';
import type { Clock } from '../../kit/clock.ts';
import type { ReplyJudge } from '../../outcome/reply-judge.ts';
import type { ByteLease } from './byte-budget.ts';
import type { ProxyServer, SessionBinding } from './proxy-assembly.ts';

/** One allowed call on its way to the upstream and back. */
export interface Exchange<F extends Facts = Facts> {
  readonly received: Received;
  readonly facts: F;
  readonly server: ProxyServer;
  readonly response: ServerResponse;
  readonly sessions: SessionBinding<F>;
  /** The judge to use now; a reload may change it between two events. */
  readonly judge: () => ReplyJudge;
  /** Ends the upstream request: the client went away, or `ending` says why. */
  readonly stop: AbortController;
  /** Why the stream is being ended from here; `undefined` while it is not. */
  readonly ending: () => Refusal | undefined;
  readonly outcome: OutcomeOnce;
  /** Grows with what of the reply is held here. */
  readonly lease: ByteLease;
}

/**
 * Whether a reply to this call has no end of its own: all but a request's own reply. GET and `subscriptions/listen`, and a
 * stream that a server sends in answer to a notification.
 */
export function isOpenEnded({ kind, treatment }: Call): boolean {
  return kind !== 'request' || treatment === 'stream';
}

/** What became of the call, told to the record once: the first report wins. */
export interface OutcomeOnce {
  /** Bytes of reply that went to the client so far. */
  replyBytes: number;
  report(kind: Outcome['kind'], details?: Omit<Partial<Outcome>, 'decisionId' | 'kind'>): void;
}

/** An outcome to be reported on `recorder`; durations count from now. */
export function createOutcome(decisionId: string, recorder: Recorder, clock: Clock): OutcomeOnce {
  const startedMs = clock.monotonicMs();
  let reported = false;
  return {
    replyBytes: 0,
    report(kind, details = {}) {
      if (reported) return;
      reported = true;
      const durationMs = clock.monotonicMs() - startedMs;
      recorder.outcome({ decisionId, kind, durationMs, replyBytes: this.replyBytes, ...details });
    },
  };
}
