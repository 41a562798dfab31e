import type { Call } from './call.ts';

/** Reasons to judge a reply that an operator may waive for a server, by name. */
export const WAIVABLE_NEEDS = ['lists', 'streams', 'sessions'] as const;
export type WaivableNeed = (typeof WAIVABLE_NEEDS)[number];

/** Why the reply to a call has to be judged before its caller may see it. */
export type ReplyNeed = WaivableNeed | 'tasks';

/**
 * Why the reply to `call` has to be judged; `undefined` when it may pass byte for byte.
 *
 * - `lists`: what its caller may never call is taken out, and tools are compared with their pins.
 * - `streams`: GET and `subscriptions/listen` are judged event by event and end with their credential.
 * - `sessions`: session ids are sealed for their owner.
 * - `tasks`: task ids are sealed for their owner; never waived, since every later request holds one.
 */
export function replyNeed({
  treatment,
  operation,
  params,
}: Pick<Call, 'treatment' | 'operation' | 'params'>): ReplyNeed | undefined {
  switch (treatment) {
    case 'list':
      return 'lists';
    case 'stream':
      return 'streams';
    case 'task':
      return 'tasks';
    case 'session':
      return operation === 'initialize' || operation === 'http/delete-session' ? 'sessions' : undefined;
    case 'tool':
      // A call that asks to become a task (2025-11-25, tasks) is answered with the task's id.
      return params.has('task') ? 'tasks' : undefined;
    case 'prompt':
    case 'resource':
    case 'completion':
    case 'notification':
    case 'response':
    case 'extension':
      return undefined;
  }
}
