import type { Facts } from '../../decision/facts.ts';
import { mayRepeat } from '../../outcome/retries/may-repeat.ts';
import type { RetrySettings } from '../../outcome/retries/retry-verdict.ts';
import type { RetrySteering } from './steering-headers.ts';

/** Failures before a byte of the request was sent. */
const BEFORE = ['connect-failure', 'reset-before-request'];
/** Failures after that, before a reply began: a reset or a timeout; 502, 503 and 504; the statuses of the route, which are 429. */
const AFTER = ['reset', 'gateway-error', 'retriable-status-codes'];

/**
 * What Envoy's router is told about one call: `retryVerdict()`, as far as Envoy can carry it out. The pauses stand in the route.
 * Nothing where calls are sent once.
 */
export function retrySteering(facts: Facts, retries: RetrySettings | undefined): ReadonlyMap<RetrySteering, string> {
  if (retries === undefined) return new Map();
  const { attempts, attemptTimeoutMs } = retries;
  const repeatable = mayRepeat(facts);
  const steering = new Map<RetrySteering, string>([
    ['x-envoy-retry-on', [...BEFORE, ...(repeatable ? AFTER : [])].join(',')],
    ['x-envoy-max-retries', String(attempts - 1)],
  ]);
  if (repeatable && attemptTimeoutMs !== undefined) {
    steering.set('x-envoy-upstream-rq-per-try-timeout-ms', String(attemptTimeoutMs));
  }
  return steering;
}
