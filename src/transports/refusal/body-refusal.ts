import type { Refusal } from '../../decision/verdict.ts';
import { doorRefusal } from './door-refusal.ts';

/** The refusal of a request whose body was not read whole: it is too large, or there is no memory for it now. */
export function bodyRefusal(kind: 'too-large' | 'no-room'): Refusal {
  return kind === 'too-large' ? doorRefusal('body.too-large') : doorRefusal('overload.busy', 'no memory for the body');
}
