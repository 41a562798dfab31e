import { isJsonObject, type JsonObject, type JsonValue } from '../kit/json.ts';
import { type Era, REVISIONS } from './call.ts';
import { PROTOCOL_VERSION } from './meta-keys.ts';
import type { HeaderFacts } from './read-headers.ts';
import { refused, type Refused } from './refused.ts';

const MODERN = '2026-07-28';
const KNOWN: ReadonlySet<string> = new Set(REVISIONS);

/** The era that a header block claims on its own: what a refusal is shaped for before the body was understood. */
export function claimedEra({ single }: HeaderFacts): Era {
  return single.get('mcp-protocol-version') === MODERN ? 'modern' : 'legacy';
}

/**
 * Whether the version that the header names is one that is read here, and the one that `_meta` names.
 *
 * A message is modern when it says so in both places; one place alone is a contradiction, whichever it is, and the
 * notifications of 2026-07-28, which need no `_meta`, go by the header.
 */
export function checkVersion({ single }: HeaderFacts, params: JsonObject): Refused | undefined {
  const header = single.get('mcp-protocol-version');
  if (header !== undefined && !KNOWN.has(header)) return refused('mcp.version');
  const claim = claimOf(params);
  return claim === undefined || claim === header ? undefined : refused('mcp.header-mismatch', 'mcp-protocol-version');
}

/** The era of a message whose header and `_meta` may disagree: either claim to the modern one counts. */
export function eraOf(headers: HeaderFacts, params: JsonObject): Era {
  return claimOf(params) === MODERN ? 'modern' : claimedEra(headers);
}

function claimOf(params: JsonObject): JsonValue | undefined {
  const meta = params.get('_meta');
  return isJsonObject(meta) ? meta.get(PROTOCOL_VERSION) : undefined;
}
