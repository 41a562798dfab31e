/** Classes of calls, the one that is shed last first. Policy alone puts a call into one; nothing that a caller sends does. */
export const PRIORITIES = ['interactive', 'batch', 'speculative'] as const;
export type Priority = (typeof PRIORITIES)[number];

/** The class that a call has when no rule says otherwise. */
export const DEFAULT_PRIORITY: Priority = 'interactive';

/** Whether calls of class `one` are shed before those of `other`. */
export function isLower(one: Priority, other: Priority): boolean {
  return PRIORITIES.indexOf(one) > PRIORITIES.indexOf(other);
}

/** The one that is shed last. */
export function higherOf(one: Priority, other: Priority): Priority {
  return isLower(one, other) ? other : one;
}

/** The classes that calls may have. With `lowest` and `highest` the same, every call has that one. */
export interface PriorityRange {
  readonly lowest: Priority;
  readonly highest: Priority;
}
