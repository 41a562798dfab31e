import type { Dispatcher } from 'undici';

type Handler = Dispatcher.DispatchHandler;
type Arguments<K extends keyof Handler> = Parameters<NonNullable<Handler[K]>>;

/**
 * Hears that a request is about to be written, and hands everything on.
 *
 * undici starts a request when it has a connection for it, and then writes it: before the start no byte of it has left.
 */
export class SentHandler implements Handler {
  readonly #handler: Handler;
  readonly #onSent: () => void;

  constructor(handler: Handler, onSent: () => void) {
    this.#handler = handler;
    this.#onSent = onSent;
  }

  onRequestStart(...[controller, context]: Arguments<'onRequestStart'>): void {
    this.#handler.onRequestStart?.(controller, context);
    // One that was given up while it waited for its connection is ended there, and not written.
    if (!controller.aborted) this.#onSent();
  }

  onResponseStart(...args: Arguments<'onResponseStart'>): void {
    this.#handler.onResponseStart?.(...args);
  }

  onResponseData(...args: Arguments<'onResponseData'>): void {
    this.#handler.onResponseData?.(...args);
  }

  onResponseEnd(...args: Arguments<'onResponseEnd'>): void {
    this.#handler.onResponseEnd?.(...args);
  }

  onResponseError(...args: Arguments<'onResponseError'>): void {
    this.#handler.onResponseError?.(...args);
  }
}
