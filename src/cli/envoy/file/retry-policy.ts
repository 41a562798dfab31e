import { duration, type PlannedServer } from './envoy-plan.ts';
import type { RemarkedMap } from './remarked.ts';

/** How long a reply may take to begin, and how a route tries calls again of which Sallyport says that they may be. */
export function retryPolicy({ retries, maxAgeMs, replyTimeoutMs }: PlannedServer): RemarkedMap {
  const perTry = {
    '# per_try_timeout':
      'Needed: `reply_timeout_ms`, which ends when a reply begins. Without it a tool server that hangs keeps its calls.',
    per_try_timeout: duration(replyTimeoutMs),
  };
  if (retries === undefined) {
    return {
      '# retry_policy': 'Nothing is tried again.',
      retry_policy: { num_retries: 0, ...perTry },
    };
  }
  const { baseMs, maxMs } = retries;
  return {
    '# retry_policy':
      'Needed: no retry_on. By itself Envoy tries nothing again: Sallyport says for each call it allows what may be.',
    retry_policy: {
      num_retries: 0,
      ...perTry,
      retriable_status_codes: [429],
      '# retry_back_off': 'Full jitter.',
      retry_back_off: { base_interval: duration(baseMs), max_interval: duration(maxMs) },
      '# rate_limited_retry_back_off':
        'Retry-After is obeyed. Beyond max_interval Envoy would come earlier than asked, so it is the longest life of a call.',
      rate_limited_retry_back_off: {
        reset_headers: [{ name: 'retry-after', format: 'SECONDS' }],
        max_interval: duration(maxAgeMs),
      },
    },
  };
}
