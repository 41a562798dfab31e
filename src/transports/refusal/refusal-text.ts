import { REASONS, type ReasonCode } from '../../call/reason.ts';
import type { RefusalDetail } from '../../decision/verdict.ts';

/**
 * What a model reads when its call was refused: what was wrong, which rule and argument, what would be allowed, what to do,
 * and the decision to quote to a person.
 */
export function refusalText(reason: ReasonCode, detail: RefusalDetail, decisionId: string): string {
  const { says, remedy } = REASONS[reason];
  const lines = [`Refused: ${says}`];
  if (detail.message !== undefined) lines.push(detail.message);
  if (detail.argument !== undefined) lines.push(`Argument: ${detail.argument === '' ? '(all)' : detail.argument}`);
  if (detail.allowed !== undefined) lines.push(`Allowed: ${detail.allowed}`);
  if (detail.rule !== undefined) lines.push(`Rule: ${detail.rule}`);
  lines.push(`What to do: ${remedy}`);
  if (detail.retryAfterMs !== undefined) lines.push(`Retry after ${retryAfterSeconds(detail.retryAfterMs)} s.`);
  lines.push(`Reason ${reason}, decision ${decisionId}.`);
  return lines.join('\n');
}

/** Whole seconds, rounded up and at least 1: an early retry would be refused again. At most a day. */
export function retryAfterSeconds(retryAfterMs: number): number {
  return Math.min(86_400, Math.max(1, Math.ceil(retryAfterMs / 1000)));
}
