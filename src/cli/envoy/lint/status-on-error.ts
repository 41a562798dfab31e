import type { Place } from './place.ts';

/** Whether a filter answers 503 when it could not ask. */
export function isStatus503(status: Place): boolean {
  const { text } = status.at('code');
  return text === '503' || text === 'ServiceUnavailable';
}
