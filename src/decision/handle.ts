import type { Received } from '../call/received.ts';
import { Deadline } from '../kit/deadline.ts';
import { decide, newTrail, stopped, type Trail } from './decide.ts';
import type { Facts } from './facts.ts';
import { type Allow, record, type Recorder } from './record.ts';
import type { Stages } from './stages.ts';
import type { Fallbacks } from './stand-in.ts';
import { type Cleared, fault, type Refusal } from './verdict.ts';

/** What a door gets for one exchange. */
export type Verdict<F extends Facts = Facts> = Allow<F> | Refusal;

/** An answer, and what the door owes when the exchange is over. */
export interface Handled<F extends Facts = Facts> {
  readonly verdict: Verdict<F>;
  /** What had been established, for writing the refusal: its id, its method, its era. */
  readonly known: Partial<F>;
  /** Ends the call: gives back what it held while it ran. To be called once, when the exchange is over. */
  release(): Promise<void>;
  /** Instead of `release()`, when the allow could not be delivered: gives back what was taken from limits, too. */
  withdraw(): Promise<void>;
}

export interface HandleOptions<F extends Facts> {
  readonly stages: Stages<F>;
  readonly recorder: Recorder;
  /** Longest time until there is an answer, milliseconds. */
  readonly deadlineMs: number;
  /** Aborts when these checks are no longer the current ones: what they cleared meanwhile is refused. */
  readonly superseded?: AbortSignal;
  /** What may stand in for a refusal, at a door that carries replies. Absent: nothing. */
  readonly fallbacks?: Pick<Fallbacks<F>, 'refused'>;
}

/**
 * Decides on one exchange within the deadline and records the answer: the one function a door calls.
 *
 * Never rejects, and answers in time even when a check or the recorder ignores its signal. A refused call holds nothing
 * and has given back what it reserved; for one that hangs, that happens as soon as it lets go.
 *
 * @param gone Aborts when the caller went away before there was an answer.
 */
export async function handle<F extends Facts>(
  received: Received,
  options: HandleOptions<F>,
  gone: AbortSignal,
): Promise<Handled<F>> {
  const trail = newTrail<F>();
  using deadline = new Deadline(options.deadlineMs, gone);
  const deciding = decideAndRecord(received, options, deadline.signal, trail);
  const first = await Promise.race([deciding, deadline.passed]);
  if (first === 'passed') {
    const refusal = stopped(trail.stage, deadline.signal);
    options.recorder.refusal(received, refusal, trail.known);
    void deciding.then((late) => withdraw(late, received, options.recorder, trail));
    return { verdict: refusal, known: trail.known, release: nothing, withdraw: nothing };
  }
  if (first.kind === 'allow') {
    return { verdict: first, known: trail.known, ...givingBack(trail) };
  }
  const refusal = withStandIn(first, options, trail.known);
  options.recorder.refusal(received, refusal, trail.known);
  await giveBack(trail);
  return { verdict: refusal, known: trail.known, release: nothing, withdraw: nothing };
}

/** The refusal with what goes out instead of it, so that the record has both. */
function withStandIn<F extends Facts>(
  refusal: Refusal,
  { fallbacks }: Pick<HandleOptions<F>, 'fallbacks'>,
  known: Partial<F>,
): Refusal {
  const standIn = refusal.kind === 'deny' ? fallbacks?.refused(refusal, known) : undefined;
  return refusal.kind === 'deny' && standIn !== undefined ? { ...refusal, standIn } : refusal;
}

async function nothing(): Promise<void> {}

/** In a scope of its own: whoever keeps one of these until the call is over keeps nothing of the call itself. */
function givingBack({ held, reserved }: Held): Pick<Handled, 'release' | 'withdraw'> {
  return { release: () => held.disposeAsync(), withdraw: () => giveBack({ held, reserved }) };
}

type Held = Pick<Trail, 'held' | 'reserved'>;

async function decideAndRecord<F extends Facts>(
  received: Received,
  { stages, recorder, superseded }: HandleOptions<F>,
  signal: AbortSignal,
  trail: Trail<F>,
): Promise<Verdict<F>> {
  const isSuperseded = (): boolean => superseded?.aborted === true;
  const answer: Cleared<F> | Refusal = await decide(received, stages, signal, trail);
  if (answer.kind !== 'cleared') return answer;
  if (isSuperseded()) return fault(trail.stage, 'fault.reloaded');
  trail.stage = 'record';
  try {
    const allow = await record(answer, recorder);
    if (!isSuperseded()) return allow;
  } catch (cause) {
    return fault('record', 'record.unavailable', cause);
  }
  tellUndelivered(received, recorder);
  return fault('record', 'fault.reloaded');
}

/** An intent on disk gets its outcome although its call goes nowhere. */
function tellUndelivered({ decisionId }: Received, recorder: Recorder): void {
  recorder.outcome({ decisionId, kind: 'undelivered', durationMs: 0, replyBytes: 0 });
}

/** The answer came after its caller was refused: what it holds is given back. */
async function withdraw<F extends Facts>(
  late: Verdict<F>,
  received: Received,
  recorder: Recorder,
  trail: Trail<F>,
): Promise<void> {
  if (late.kind === 'allow') tellUndelivered(received, recorder);
  await giveBack(trail);
}

/** A give-back that fails over-charges the caller and must not turn the refusal into anything else. */
async function giveBack({ held, reserved }: Held): Promise<void> {
  await Promise.allSettled([reserved.disposeAsync(), held.disposeAsync()]);
}
