import { DEFAULT_PRIORITY, higherOf, isLower, type Priority, type PriorityRange } from '../call/priority.ts';
import type { Judgement } from './judge.ts';
import type { Rule } from './rule.ts';

/** The class of one call: the highest that a rule which holds gives, so that a rule for few lifts them out of one for many. */
export function priorityOf(judged: readonly Judgement[]): Priority | undefined {
  let highest: Priority | undefined;
  for (const { rule, outcome } of judged) {
    if (rule.priority === undefined || outcome.kind !== 'holds') continue;
    highest = highest === undefined ? rule.priority : higherOf(highest, rule.priority);
  }
  return highest;
}

/**
 * The classes that `rules`, those which match some call of a server, may give.
 *
 * A rule for every call of the server leaves nothing below it; without one a call may be in none, which is the default class.
 */
export function priorityRange(rules: readonly Rule[]): PriorityRange {
  const given = rules.flatMap(({ priority }) => priority ?? []);
  const [first] = given;
  if (first === undefined) return { lowest: DEFAULT_PRIORITY, highest: DEFAULT_PRIORITY };
  const forAll = rules.flatMap((rule) => (isForEveryCall(rule) ? (rule.priority ?? []) : []));
  const floor = forAll.length === 0 ? undefined : forAll.reduce(higherOf);
  const possible = [
    ...(floor === undefined ? [DEFAULT_PRIORITY] : [floor]),
    ...given.filter((priority) => floor === undefined || isLower(floor, priority)),
  ];
  return {
    lowest: possible.reduce((one, other) => (isLower(one, other) ? one : other)),
    highest: possible.reduce(higherOf),
  };
}

/** Whether the rule holds for whatever is asked of the servers that it matches. */
function isForEveryCall({ match, args, written }: Rule): boolean {
  const { target, method, principal, effects } = match;
  const narrows = target ?? method ?? principal ?? effects ?? args ?? written.when ?? written.let;
  return narrows === undefined;
}
