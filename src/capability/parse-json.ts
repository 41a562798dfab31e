import type { JsonValue } from '../kit/json.ts';

/**
 * The strict JSON reader, as an engine: refuses duplicate members, invalid UTF-8, and whatever else parsers read
 * differently. `call/parse-json.ts` is the one the product passes in.
 */
export type ParseJson = (
  bytes: Uint8Array,
) => { readonly kind: 'json'; readonly value: JsonValue } | { readonly kind: 'refused' };
