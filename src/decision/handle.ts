import type { Received } from '../call/received.ts';
import { decide } from './decide.ts';
import type { Facts } from './facts.ts';
import { type Allow, record, type Recorder } from './record.ts';
import type { Stages } from './stages.ts';
import { fault, type Refusal } from './verdict.ts';

/** What a door gets for one exchange. */
export type Verdict<F extends Facts = Facts> = Allow<F> | Refusal;

/** An answer, and what the door owes when the exchange is over. */
export interface Handled<F extends Facts = Facts> {
  readonly verdict: Verdict<F>;
  /** What had been established, for writing the refusal: its id, its method, its era. */
  readonly known: Partial<F>;
  /** Gives back what the call holds while it runs (its place in the in-flight count). Call it once, at the end. */
  release(): Promise<void>;
}

export interface HandleOptions<F extends Facts> {
  readonly stages: Stages<F>;
  readonly recorder: Recorder;
  /** Longest time a decision may take, milliseconds. */
  readonly deadlineMs: number;
}

/**
 * Decides on one exchange within the deadline and records the answer: the one function a door calls.
 *
 * Never rejects. The deadline also holds when a check ignores its signal.
 *
 * @param gone Aborts when the caller went away before there was an answer.
 */
export async function handle<F extends Facts>(
  received: Received,
  { stages, recorder, deadlineMs }: HandleOptions<F>,
  gone: AbortSignal,
): Promise<Handled<F>> {
  const held = new AsyncDisposableStack();
  const signal = AbortSignal.any([gone, AbortSignal.timeout(deadlineMs)]);
  const { answer, known } = await decide(received, stages, signal, held);
  if (answer.kind !== 'cleared') return refused(answer, known);
  try {
    const verdict = await record(answer, recorder);
    return { verdict, known, release: () => held.disposeAsync() };
  } catch (cause) {
    return refused(fault('record', 'record.unavailable', cause), known);
  }

  async function refused(refusal: Refusal, soFar: Partial<F>): Promise<Handled<F>> {
    recorder.refusal(received, refusal, soFar);
    await held.disposeAsync();
    return { verdict: refusal, known: soFar, release: async () => {} };
  }
}
