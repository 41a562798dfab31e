import { isJsonArray, isJsonObject, type JsonObject, type JsonValue } from '../kit/json.ts';
import type { Call } from './call.ts';

/** Most resources that one `subscriptions/listen` may name: each of them is judged. */
const MAX_SUBSCRIBED = 256;

/**
 * The URIs whose changes a `subscriptions/listen` asks to be told (2026-07-28, "Subscriptions"), `undefined` when they are
 * not a list of at most 256 texts.
 */
export function readSubscribed(params: JsonObject): readonly string[] | undefined {
  const filter = params.get('notifications');
  const uris = isJsonObject(filter) ? filter.get('resourceSubscriptions') : undefined;
  if (uris === undefined) return [];
  return isJsonArray(uris) && uris.length <= MAX_SUBSCRIBED && uris.every(isUri) ? uris : undefined;
}

/**
 * The resources that `call` subscribes to beside its target; none for anything but `subscriptions/listen`.
 *
 * @throws TypeError for a filter that the reader refuses.
 */
export function subscribedResources({ operation, params }: Pick<Call, 'operation' | 'params'>): readonly string[] {
  const uris = operation === 'subscriptions/listen' ? readSubscribed(params) : [];
  if (uris === undefined) throw new TypeError('the subscription has no readable filter');
  return uris;
}

function isUri(value: JsonValue): value is string {
  return typeof value === 'string' && value !== '';
}
