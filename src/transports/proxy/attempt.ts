import type { Dispatcher } from 'undici';
import errors from 'undici/lib/core/errors.js';
import type { FailedAttempt } from '../../outcome/retries/retry-verdict.ts';
import { askedPause } from '../reply/retry-after.ts';
import { sendRequest } from './send-request.ts';

/** What came of sending a call once. */
export type Attempt =
  | { readonly kind: 'reply'; readonly reply: Dispatcher.ResponseData }
  /** `sent`: whether a byte of it may have left. */
  | { readonly kind: 'thrown'; readonly cause: unknown; readonly sent: boolean };

export interface AttemptOptions {
  readonly dispatcher: Dispatcher;
  readonly request: Dispatcher.RequestOptions;
  /** Ends the attempt, and the reading of its reply. */
  readonly stop: AbortSignal;
  /** Time until the head of the reply must be there, milliseconds, connecting included. */
  readonly withinMs: number;
}

/** Sends a call once and waits for the head of its reply. Never rejects. */
export async function attempt({ dispatcher, request, stop, withinMs }: AttemptOptions): Promise<Attempt> {
  const late = new AbortController();
  const givenUp = Promise.withResolvers<never>();
  // undici heeds a signal once it has a connection: until then nobody waits for it, and it will not be written any more.
  const giveUp = (): void => givenUp.reject(late.signal.aborted ? late.signal.reason : stop.reason);
  const signal = AbortSignal.any([stop, late.signal]);
  signal.addEventListener('abort', giveUp, { once: true });
  const timer = setTimeout(() => late.abort(new errors.HeadersTimeoutError()), Math.max(1, withinMs));
  let sent = false;
  try {
    // The timer is exact, and undici's own is not: it must not come first.
    const options = { ...request, headersTimeout: 0, signal };
    const sending = sendRequest(dispatcher, options, () => (sent = true));
    const reply = await Promise.race([sending, givenUp.promise]);
    reply.body.on('error', ignore);
    return { kind: 'reply', reply };
  } catch (cause) {
    return { kind: 'thrown', cause, sent };
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', giveUp);
  }
}

/** Errors reach the loop that reads the body; destroying a body that nobody reads must not end the process. */
function ignore(): void {}

/** How an attempt failed; `undefined` when its reply is an answer, whatever it says. */
export function failureOf(made: Attempt): FailedAttempt | undefined {
  if (made.kind === 'thrown') {
    if (!made.sent) return { kind: 'unsent' };
    return { kind: made.cause instanceof errors.HeadersTimeoutError ? 'timeout' : 'broken' };
  }
  const { statusCode: status, headers } = made.reply;
  return status < 400 ? undefined : { kind: 'status', status, retryAfter: askedPause((name) => headers[name]) };
}
