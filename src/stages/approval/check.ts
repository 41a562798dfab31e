import type { Approval } from '../../decision/facts.ts';
import { type Found, found } from '../../decision/verdict.ts';

/**
 * Check 7, a port: whether a person has agreed to exactly this call.
 *
 * No rule of this version can ask for an approval (`effect: approve` is a configuration error), so none is required.
 */
export function checkApproval(): Found<Approval> {
  return found({ kind: 'not-required' });
}
