import { canonicalJson } from '../kit/canonical-json.ts';
import { sha256Hex } from '../kit/digest.ts';
import type { JsonObject } from '../kit/json.ts';

/**
 * What a tool definition is known by: SHA-256 in hex over the RFC 8785 form of all of it.
 *
 * All of it, because each string in it reaches a model: names, titles, enums, defaults, annotations and `_meta` too. The
 * order of members does not count; any other difference does.
 */
export function pinOf(definition: JsonObject): string {
  return sha256Hex(canonicalJson(definition));
}
