import type { Permit } from '../../decision/facts.ts';
import { type Found, found } from '../../decision/verdict.ts';

/**
 * Check 8, a port: whether the upstream is well enough and has room.
 *
 * Breakers and bulkheads are not part of this version, so every call gets a permit.
 */
export function checkAvailability(): Found<Permit> {
  return found({ kind: 'granted' });
}
