import { type Answer, combine } from './combine.ts';
import type { Judgement } from './judge.ts';
import type { ShadowDifference } from './policy-set.ts';

const WOULD = { allowed: 'allow', denied: 'deny', error: 'fault' } as const;

/**
 * Shadow rules that would have changed the kind of the enforced answer.
 *
 * A second verdict over all rules, never an edit of the first. Only the rules that pull towards the other answer are
 * named; without a difference nobody is.
 */
export function shadowOf(
  enforced: Answer,
  judgements: readonly Judgement[],
  housekeeping: boolean,
): readonly ShadowDifference[] {
  const shadows = judgements.filter(({ rule }) => rule.mode === 'shadow');
  if (shadows.length === 0) return [];
  const answer = combine(judgements, housekeeping);
  if (answer.kind === enforced.kind) return [];
  const would = WOULD[answer.kind];
  return shadows.filter((judgement) => pulls(judgement, would)).map(({ rule }) => ({ rule: rule.id, would }));
}

/** Whether a rule's outcome is a reason for an answer of this kind. */
function pulls({ rule: { effect }, outcome: { kind } }: Judgement, towards: ShadowDifference['would']): boolean {
  switch (towards) {
    case 'fault':
      return kind === 'error' || kind === 'unknown';
    case 'deny':
      return (effect === 'deny' && kind === 'holds') || (effect === 'require' && kind === 'fails');
    case 'allow':
      return effect === 'allow' && kind === 'holds';
  }
}
