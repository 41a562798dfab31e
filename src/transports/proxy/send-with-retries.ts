import { setTimeout as wait } from 'node:timers/promises';
import type { Dispatcher } from 'undici';
import type { Facts } from '../../decision/facts.ts';
import type { FurtherAttempts } from '../../decision/further-attempts.ts';
import type { Outcome } from '../../decision/record.ts';
import type { Clock } from '../../kit/clock.ts';
import { mayRepeat } from '../../outcome/retries/may-repeat.ts';
import type { RetryBudget } from '../../outcome/retries/retry-budget.ts';
import { type FailedAttempt, type RetrySettings, retryVerdict } from '../../outcome/retries/retry-verdict.ts';
import { type Attempt, attempt, failureOf } from './attempt.ts';
import type { Exchange } from './exchange.ts';

/** What trying again takes beside the call. */
export interface Retrying {
  readonly settings: RetrySettings;
  /** Of the server that is called. */
  readonly budget: RetryBudget;
  readonly further: FurtherAttempts;
  /** Whether the call may still be sent: the rules that cleared it are those of now, and the service goes on. */
  readonly isCurrent: () => boolean;
  readonly clock: Pick<Clock, 'monotonicMs'>;
  /** From 0 up to, and not including, 1. */
  readonly random: () => number;
}

/** A call to be sent, once or more often. */
export interface Sending {
  readonly dispatcher: Dispatcher;
  readonly request: Dispatcher.RequestOptions;
  readonly retrying: Retrying;
}

interface Tried {
  readonly made: Attempt;
  readonly failed: FailedAttempt;
  /** Attempts so far, this one included. */
  readonly attempts: number;
  readonly durationMs: number;
  /** Time until the call must have its answer, milliseconds. */
  readonly leftMs: number;
}

/**
 * Sends a call until it is answered, or `retryVerdict()`, the server's budget, its breaker or a reload say that it is enough,
 * and answers with the head of the last reply.
 *
 * All attempts and the pauses between them have `replyTimeoutMs` together.
 *
 * @throws what the last attempt threw, or the reason of the exchange's end.
 */
export async function sendWithRetries<F extends Facts>(
  exchange: Exchange<F>,
  sending: Sending,
): Promise<Dispatcher.ResponseData> {
  const { server, stop, outcome, facts } = exchange;
  const { dispatcher, request, retrying } = sending;
  const { clock, settings } = retrying;
  const attemptMs = mayRepeat(facts) ? (settings.attemptTimeoutMs ?? Infinity) : Infinity;
  const untilMs = clock.monotonicMs() + server.replyTimeoutMs;
  retrying.budget.deposit(settings);
  for (let attempts = 1; ; attempts += 1) {
    const startedMs = clock.monotonicMs();
    const withinMs = Math.min(attemptMs, untilMs - startedMs);
    const made = await attempt({ dispatcher, request, stop: stop.signal, withinMs });
    if (attempts > 1) outcome.attempts = attempts;
    const nowMs = clock.monotonicMs();
    const failed = failureOf(made);
    const tried = { made, attempts, durationMs: nowMs - startedMs, leftMs: untilMs - nowMs };
    if (failed === undefined || !(await goesOn(exchange, retrying, { ...tried, failed }))) {
      stop.signal.throwIfAborted();
      return replyOf(made);
    }
    // Its connection is not worth the time to read the rest.
    if (made.kind === 'reply') made.reply.body.destroy();
  }
}

/** Waits for the time of another attempt. @returns Whether there is to be one. */
async function goesOn<F extends Facts>(exchange: Exchange<F>, retrying: Retrying, tried: Tried): Promise<boolean> {
  const { facts, server, stop, received } = exchange;
  const { settings, budget, further, isCurrent, random } = retrying;
  const { failed, attempts: made, leftMs } = tried;
  if (stop.signal.aborted || !isCurrent()) return false;
  const verdict = retryVerdict({ failed, repeatable: mayRepeat(facts), made, leftMs }, settings, random());
  if (verdict.kind === 'stop' || !budget.take()) return false;
  further.failed(outcomeOf(received.decisionId, tried));
  await pause(verdict.afterMs, stop.signal);
  const isWanted = (): boolean => !stop.signal.aborted && isCurrent();
  return (
    isWanted() && (await further.mayTry(facts, { wasSent: failed.kind !== 'unsent', isWanted, server: server.name }))
  );
}

/** Resolves after `ms` milliseconds, or when `signal` aborts. */
async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await wait(ms, undefined, { signal }).catch(() => {});
}

function outcomeOf(decisionId: string, { failed, durationMs }: Tried): Outcome {
  const what = { decisionId, durationMs, replyBytes: 0 };
  if (failed.kind !== 'status') return { ...what, kind: 'upstream-failed' };
  const { status: httpStatus, retryAfter } = failed;
  // Only of 503 is a pause what its breaker keeps.
  const asked = httpStatus === 503 && typeof retryAfter === 'number' ? { retryAfterMs: retryAfter } : {};
  return { ...what, kind: 'answered', httpStatus, ...asked };
}

function replyOf(made: Attempt): Dispatcher.ResponseData {
  if (made.kind === 'reply') return made.reply;
  throw made.cause;
}
