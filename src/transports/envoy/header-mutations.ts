import type { HeaderList } from '../../call/received.ts';
import type { OutgoingTrace } from '../../decision/call-traces.ts';
import type { Facts } from '../../decision/facts.ts';
import type { RetrySettings } from '../../outcome/retries/retry-verdict.ts';
import { type ForwardingServer, ownHeaders, passesAsReceived } from '../request/forwarded-headers.ts';
import { isEnvoyOwned } from './envoy-owned.ts';
import { retrySteering } from './retry-steering.ts';

/** What an allow changes of the request's header block. */
export interface HeaderMutations {
  readonly set: HeaderList;
  readonly remove: readonly string[];
}

/**
 * The mutations after which the tool server sees what the built-in proxy would have sent it: listed fields as received, our
 * own in place of theirs, and nothing else but what frames the request. Fields that steer Envoy's router it takes out itself.
 *
 * Removal is by name, so it holds for every field that Envoy shows us. What Envoy itself adds later (`x-forwarded-proto`,
 * `x-request-id`, `x-envoy-expected-rq-timeout-ms`) is its own to say.
 *
 * @throws RangeError when a header of ours would be one of Envoy's: a credential cannot be sent under such a name.
 */
export function headerMutations(
  facts: Facts,
  { forwardHeaders, retries }: ForwardingServer & { readonly retries?: RetrySettings | undefined },
  trace?: OutgoingTrace,
): HeaderMutations {
  const own = new Map([...ownHeaders(facts, { retries }, trace), ...retrySteering(facts, retries)]);
  for (const name of own.keys()) if (isEnvoyOwned(name)) throw new RangeError(`${name} is not ours to set`);
  const remove = new Set<string>();
  for (const [name] of facts.call.headers) {
    if (!passesAsReceived(name, forwardHeaders, trace) && !own.has(name) && !isEnvoyOwned(name)) remove.add(name);
  }
  return { set: [...own], remove: [...remove] };
}
