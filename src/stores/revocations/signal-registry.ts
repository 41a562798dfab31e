import { getEventListeners } from 'node:events';

/** How many of the longest unused signals are looked at for one that nobody listens to. */
const LOOKED_AT = 64;

/**
 * One abort signal a token id, at most `capacity` of them.
 *
 * When there is no room, a signal that was not asked for lately goes, of those rather one without listeners. It is
 * aborted as it goes: a stream that still depends on it ends (and its client reconnects) instead of outliving a
 * revocation unseen.
 */
export class SignalRegistry {
  readonly #controllers = new Map<string, AbortController>();
  readonly #capacity: number;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get size(): number {
    return this.#controllers.size;
  }

  /** The signal of `id`, the same one as long as it is kept. */
  signalFor(id: string): AbortSignal {
    const known = this.#controllers.get(id);
    this.#controllers.delete(id);
    const controller = known ?? new AbortController();
    if (known === undefined && this.#controllers.size >= this.#capacity) this.#dropOne();
    this.#controllers.set(id, controller);
    return controller.signal;
  }

  /** Aborts the signal of `id`, if there is one, and forgets it. */
  abort(id: string, reason: string): void {
    const controller = this.#controllers.get(id);
    this.#controllers.delete(id);
    controller?.abort(new DOMException(reason, 'AbortError'));
  }

  #dropOne(): void {
    const oldest = this.#controllers.entries().take(LOOKED_AT).toArray();
    const victim = oldest.find(([, { signal }]) => getEventListeners(signal, 'abort').length === 0) ?? oldest[0];
    if (victim !== undefined) this.abort(victim[0], 'There is no room to watch for the revocation of this token.');
  }
}
