/**
 * A point in time after which nobody waits any more, joined with a caller that may go away earlier.
 *
 * `signal` tells the work to stop; `passed` lets the waiter leave even when the work does not listen. Dispose it when the
 * work is done: the timer and the listener go with it.
 */
export class Deadline implements Disposable {
  readonly signal: AbortSignal;
  /** Resolves when the time is over or the caller has gone. Never rejects. */
  readonly passed: Promise<'passed'>;
  readonly #release: () => void;

  /** `afterMs` milliseconds from now. `gone` aborts earlier. */
  constructor(afterMs: number, gone: AbortSignal) {
    const controller = new AbortController();
    this.signal = controller.signal;
    const { promise, resolve } = Promise.withResolvers<'passed'>();
    this.passed = promise;
    const end = (): void => {
      controller.abort(gone.aborted ? gone.reason : new DOMException('The deadline has passed.', 'TimeoutError'));
      resolve('passed');
    };
    const timer = setTimeout(end, afterMs);
    gone.addEventListener('abort', end, { once: true });
    this.#release = () => {
      clearTimeout(timer);
      gone.removeEventListener('abort', end);
    };
    if (gone.aborted) end();
  }

  [Symbol.dispose](): void {
    this.#release();
  }
}
