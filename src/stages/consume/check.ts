import type { Consumed } from '../../decision/facts.ts';
import { type Found, found } from '../../decision/verdict.ts';

/**
 * Check 11, a port: spends approvals and argument-bound proofs by compare-and-set.
 *
 * Nothing of this version is single-use, so nothing is spent.
 */
export function consume(): Found<Consumed> {
  return found({ approvals: 0 });
}
