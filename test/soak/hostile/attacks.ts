import type { Random } from '../random.ts';
import type { Attack } from './attack.ts';
import { BODIES } from './bodies.ts';
import { CONNECTIONS } from './connections.ts';
import { CREDENTIALS } from './credentials.ts';
import { HANDLES } from './handles.ts';
import { LARGE } from './large.ts';
import { REQUESTS } from './requests.ts';

/** Every way to attack that a soak knows. */
export const ATTACKS: readonly Attack[] = [
  ...BODIES,
  ...REQUESTS,
  ...CREDENTIALS,
  ...HANDLES,
  ...CONNECTIONS,
  ...LARGE,
];

/** One of them, the heavier ones more often. */
export function chooseAttack(random: Random, attacks: readonly Attack[] = ATTACKS): Attack {
  const total = attacks.reduce((sum, { weight }) => sum + weight, 0);
  let left = (random.below(1e9) / 1e9) * total;
  return attacks.find(({ weight }) => (left -= weight) < 0) ?? random.pick(attacks);
}
