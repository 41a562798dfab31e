import type { Facts } from '../../decision/facts.ts';

/**
 * Whether a call may be made twice: its tool is pinned as idempotent, and nobody had to approve it. An approval is for one
 * execution, and what a server says of its own tools is not asked.
 */
export function mayRepeat({ call, target, approval }: Pick<Facts, 'call' | 'target' | 'approval'>): boolean {
  return call.kind === 'request' && target.idempotent === true && approval.kind === 'not-required';
}
