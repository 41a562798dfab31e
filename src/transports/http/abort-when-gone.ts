import type { HttpArrival } from './http-arrival.ts';

/** A controller that aborts when whoever asked has gone: the exchange ended before its answer was sent. */
export function abortWhenGone({ over, response }: Pick<HttpArrival, 'over' | 'response'>): AbortController {
  const gone = new AbortController();
  void over.then(() => response.writableFinished || gone.abort());
  return gone;
}
