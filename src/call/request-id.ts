import type { JsonValue } from '../kit/json.ts';
import type { RequestId } from './call.ts';

/** Longest id that is echoed and recorded, in UTF-16 code units. */
const MAX_ID_LENGTH = 512;

/** Whether `value` can be an id: a short string, or an integer that every double-based reader echoes unchanged. */
export function isRequestId(value: JsonValue | undefined): value is RequestId {
  if (typeof value === 'string') return value.length <= MAX_ID_LENGTH;
  return Number.isSafeInteger(value);
}
