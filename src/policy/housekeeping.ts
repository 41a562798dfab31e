import type { Treatment } from '../call/treatment.ts';

/** Total, so a new treatment does not compile until it is decided here. */
const HOUSEKEEPING: Readonly<Record<Treatment, boolean>> = {
  tool: false,
  prompt: false,
  resource: false,
  completion: false,
  task: false,
  extension: false,
  list: true,
  session: true,
  notification: true,
  response: true,
  stream: true,
};

/** Whether calls of this treatment need no allow rule. Deny and require rules that match them count all the same. */
export function isHousekeeping(treatment: Treatment): boolean {
  return HOUSEKEEPING[treatment];
}
