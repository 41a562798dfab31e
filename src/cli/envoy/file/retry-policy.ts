import { duration, type PlannedServer } from './envoy-plan.ts';
import type { RemarkedMap } from './remarked.ts';

/** How a route tries calls again of which Sallyport says that they may be; nothing for a server whose calls are sent once. */
export function retryPolicy({ retries, maxAgeMs }: PlannedServer): RemarkedMap {
  if (retries === undefined) return {};
  const { baseMs, maxMs } = retries;
  return {
    '# retry_policy':
      'Needed: no retry_on. By itself Envoy tries nothing again: Sallyport says for each call it allows what may be.',
    retry_policy: {
      num_retries: 0,
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
