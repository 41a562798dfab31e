import type { Dispatcher } from 'undici';
import request from 'undici/lib/api/api-request.js';
import { SentHandler } from './sent-handler.ts';

/**
 * Sends a request and answers once the head of the reply is there: `dispatcher.request()`, which a dispatcher has only after
 * all of undici was loaded.
 *
 * @param onSent Called when the first byte of the request is about to be written. As long as it was not, nobody got any.
 * @throws an `UndiciError`, or the reason of the request's signal.
 */
export async function sendRequest(
  dispatcher: Dispatcher,
  options: Dispatcher.RequestOptions,
  onSent?: () => void,
): Promise<Dispatcher.ResponseData> {
  return await request.call(onSent === undefined ? dispatcher : telling(dispatcher, onSent), options);
}

/** The same dispatcher for one request. */
function telling(dispatcher: Dispatcher, onSent: () => void): Pick<Dispatcher, 'dispatch'> {
  return { dispatch: (options, handler) => dispatcher.dispatch(options, new SentHandler(handler, onSent)) };
}
