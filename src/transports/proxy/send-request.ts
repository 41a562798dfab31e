import type { Dispatcher } from 'undici';
import request from 'undici/lib/api/api-request.js';

/**
 * Sends a request and answers once the head of the reply is there: `dispatcher.request()`, which a dispatcher has only after
 * all of undici was loaded.
 *
 * @throws an `UndiciError`, or the reason of the request's signal.
 */
export async function sendRequest(
  dispatcher: Dispatcher,
  options: Dispatcher.RequestOptions,
): Promise<Dispatcher.ResponseData> {
  return await request.call(dispatcher, options);
}
